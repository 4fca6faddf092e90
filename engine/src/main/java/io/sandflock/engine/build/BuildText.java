/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.InvalidInputException;
import io.sandflock.PermanentException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A Dockerfile's text with build arguments and target in it: the platform takes neither apart from it. Lines keep their numbers wherever
 * that can be.
 */
final class BuildText {

    /** Docker knows these without an ARG. */
    private static final Set<String> PREDEFINED = Set.of(
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "FTP_PROXY",
            "ftp_proxy",
            "NO_PROXY",
            "no_proxy",
            "ALL_PROXY",
            "all_proxy");

    private final Dockerfile file;
    private final Map<String, String> args;
    private final Set<String> used = new HashSet<>();

    private BuildText(Dockerfile file, Map<String, String> args) {
        this.file = file;
        this.args = args;
    }

    /**
     * The Dockerfile up to the end of its target.
     *
     * @throws InvalidInputException when there is no such stage
     */
    static Dockerfile upTo(Dockerfile file, Optional<String> target) {
        if (target.isEmpty()) {
            return file;
        }
        List<Instruction> stages =
                file.instructions().stream().filter(it -> it.is("FROM")).toList();
        int index = indexOf(file, stages, target.get());
        if (index == stages.size() - 1) {
            return file;
        }
        int end = stages.get(index + 1).line() - 1;
        return new Dockerfile(
                file.name(),
                file.escape(),
                file.lines().subList(0, end),
                file.instructions().stream().filter(it -> it.line() <= end).toList());
    }

    private static int indexOf(Dockerfile file, List<Instruction> stages, String target) {
        List<Optional<String>> names =
                stages.stream().map(stage -> nameOf(file, stage)).toList();
        for (int i = names.size() - 1; i >= 0; i--) {
            if (names.get(i).filter(target::equalsIgnoreCase).isPresent()) {
                return i;
            }
        }
        if (target.matches("\\d{1,6}") && Integer.parseInt(target) < stages.size()) {
            return Integer.parseInt(target);
        }
        throw new InvalidInputException(
                file.name(),
                "no stage '" + target + "'; its stages are "
                        + names.stream()
                                .map(name -> name.orElse("one without a name"))
                                .collect(Collectors.joining(", ")));
    }

    private static Optional<String> nameOf(Dockerfile file, Instruction from) {
        List<String> words = Words.cut(Arguments.of(from.text(), file.escape()).rest(), 4);
        return words.size() == 3 ? Optional.of(words.get(2)) : Optional.empty();
    }

    /**
     * The text with these values in its ARG instructions.
     *
     * @param warnings is told of arguments that no instruction uses
     */
    static String with(Dockerfile file, Map<String, String> args, List<String> warnings) {
        BuildText text = new BuildText(file, args);
        String result = text.rewritten();
        args.keySet().stream()
                .filter(name -> !text.used.contains(name) && !PREDEFINED.contains(name))
                .map(name -> "build argument " + name + " is used by no ARG of " + file.name())
                .forEach(warnings::add);
        return result;
    }

    private String rewritten() {
        List<String> lines = new ArrayList<>(file.lines());
        for (Instruction instruction : file.instructions()) {
            if (instruction.is("ARG") && names(instruction).anyMatch(args::containsKey)) {
                lines.set(instruction.line() - 1, declaration(instruction));
                for (int i = instruction.line(); i < instruction.lastLine(); i++) {
                    lines.set(i, "");
                }
            } else if (instruction.is("FROM")) {
                int last = instruction.lastLine() - 1;
                lines.set(last, lines.get(last) + predefined());
            }
        }
        return String.join("\n", lines) + "\n";
    }

    private java.util.stream.Stream<String> names(Instruction arg) {
        return Words.split(arg.text(), file.escape()).stream().map(BuildText::nameOf);
    }

    private static String nameOf(String word) {
        int equals = word.indexOf('=');
        return equals < 0 ? word : word.substring(0, equals);
    }

    private String declaration(Instruction arg) {
        return "ARG "
                + Words.split(arg.text(), file.escape()).stream()
                        .map(word -> args.containsKey(nameOf(word)) ? assignment(nameOf(word)) : word)
                        .collect(Collectors.joining(" "));
    }

    private String assignment(String name) {
        used.add(name);
        return name + "=" + quoted(name);
    }

    /** In every stage, as Docker has them. The one thing that moves lines. */
    private String predefined() {
        return args.keySet().stream()
                .filter(PREDEFINED::contains)
                .map(name -> "\nARG " + name + "=" + quoted(name))
                .collect(Collectors.joining());
    }

    private String quoted(String name) {
        String value = args.getOrDefault(name, "");
        if (value.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0)) {
            throw new PermanentException(
                    ErrorCode.UNSUPPORTED,
                    "the build argument " + name
                            + " has a line break or a NUL in it, which the platform cannot be given",
                    ErrorContext.NONE);
        }
        // Between single quotes nothing has a meaning, but they cannot hold one themselves.
        if (value.indexOf('\'') < 0) {
            return "'" + value + "'";
        }
        StringBuilder text = new StringBuilder("\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '$' || c == file.escape()) {
                text.append(file.escape());
            }
            text.append(c);
        }
        return text.append('"').toString();
    }
}
