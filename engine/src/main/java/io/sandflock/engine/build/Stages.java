/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import io.sandflock.InvalidInputException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Goes through the stages of a Dockerfile with the values of its variables, and finds what is needed of the context. */
final class Stages {

    private static final Pattern REMOTE = Pattern.compile("(?i)(https?|ftp|git|ssh)://.*|git@[^/]+:.*");

    private final Dockerfile file;
    private final Map<String, String> args;
    private final Scope global;
    private final List<Stage> stages = new ArrayList<>();

    private Stages(Dockerfile file, Map<String, String> args) {
        this.file = file;
        this.args = args;
        this.global = Scope.global(file.escape());
    }

    /**
     * @param args values from outside
     * @throws InvalidInputException with the line of what cannot be understood
     */
    static Needs needs(Dockerfile file, Map<String, String> args) {
        Stages stages = new Stages(file, args);
        file.instructions().forEach(stages::take);
        return stages.needs();
    }

    private void take(Instruction instruction) {
        if (instruction.is("FROM")) {
            from(instruction);
        } else if (!stages.isEmpty()) {
            take(stages.get(stages.size() - 1), instruction);
        } else if (instruction.is("ARG")) {
            global.arg(instruction.text(), global, args);
        } else {
            throw file.refusal(instruction.line(), instruction.keyword() + " before the first FROM");
        }
    }

    private void from(Instruction instruction) {
        List<String> words =
                Words.cut(Arguments.of(instruction.text(), file.escape()).rest(), 4);
        boolean named = words.size() == 3 && words.get(1).equalsIgnoreCase("AS");
        if (words.size() != 1 && !named) {
            throw file.refusal(instruction.line(), "FROM takes an image, or an image AS a name");
        }
        Optional<String> image = global.expand(words.get(0));
        Stage parent = image.map(this::find).orElse(null);
        Scope scope = parent != null
                ? parent.scope().child()
                : Scope.stage(file.escape(), image.filter("scratch"::equals).isPresent());
        Stage stage = new Stage(stages.size(), named ? Optional.of(words.get(2)) : Optional.empty(), parent, scope);
        stages.add(stage);
        if (parent != null) {
            parent.triggers().forEach(trigger -> take(stage, trigger));
        } else if (image.filter(name -> name.toLowerCase(Locale.ROOT).contains("onbuild"))
                .isPresent()) {
            // What such an image copies is written in the image.
            stage.needsEverything();
        }
    }

    private void take(Stage stage, Instruction instruction) {
        switch (instruction.keyword()) {
            case "ARG" -> stage.scope().arg(instruction.text(), global, args);
            case "ENV" -> stage.scope().env(instruction.text());
            case "COPY", "ADD" -> copy(stage, instruction);
            case "RUN" -> run(stage, instruction);
            case "ONBUILD" -> stage.triggers().add(instruction.trigger());
            default -> {
                // Reads nothing of the context.
            }
        }
    }

    private void copy(Stage stage, Instruction instruction) {
        Arguments arguments = Arguments.of(instruction.text(), file.escape());
        Optional<String> from = arguments.flag("from");
        if (from.isPresent()) {
            stage.scope().expand(from.get()).ifPresent(stage::takesFrom);
            return;
        }
        List<String> words =
                Words.json(arguments.rest()).orElseGet(() -> Words.cut(arguments.rest(), Integer.MAX_VALUE));
        if (words.size() < 2) {
            throw file.refusal(
                    instruction.line(), instruction.keyword() + " takes at least one source and a destination");
        }
        for (String word : words.subList(0, words.size() - 1)) {
            boolean remote = instruction.is("ADD") && REMOTE.matcher(word).matches();
            if (!word.startsWith("<<") && !remote) {
                source(stage, instruction, word);
            }
        }
    }

    private void run(Stage stage, Instruction instruction) {
        Arguments arguments = Arguments.of(instruction.text(), file.escape());
        for (String mount : arguments.all("mount")) {
            Map<String, String> options = options(Words.unquoted(mount));
            String type = options.getOrDefault("type", "bind");
            String from = options.get("from");
            if (from != null) {
                stage.scope().expand(from).ifPresent(stage::takesFrom);
            } else if (type.equals("bind")) {
                source(stage, instruction, options.getOrDefault("source", options.getOrDefault("src", "/")));
            }
        }
    }

    private static Map<String, String> options(String mount) {
        Map<String, String> options = new java.util.HashMap<>();
        for (String option : mount.split(",")) {
            int equals = option.indexOf('=');
            options.put(
                    option.substring(0, equals < 0 ? option.length() : equals).toLowerCase(Locale.ROOT),
                    equals < 0 ? "" : option.substring(equals + 1));
        }
        return options;
    }

    private void source(Stage stage, Instruction instruction, String word) {
        Optional<String> path = stage.scope().expand(word);
        if (path.isEmpty()) {
            stage.needsEverything();
            return;
        }
        if (instruction.is("ADD") && REMOTE.matcher(path.get()).matches()) {
            return;
        }
        try {
            stage.needs(instruction.line(), instruction.keyword(), PathPattern.of(path.get()));
        } catch (IllegalArgumentException e) {
            throw file.refusal(instruction.line(), String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Stage find(String nameOrIndex) {
        // The last of a name, as Docker has it.
        for (int i = stages.size() - 1; i >= 0; i--) {
            if (stages.get(i).isCalled(nameOrIndex)) {
                return stages.get(i);
            }
        }
        return null;
    }

    private Needs needs() {
        if (stages.isEmpty()) {
            throw new InvalidInputException(file.name(), "no FROM; expected a Dockerfile");
        }
        Set<Integer> needed = new HashSet<>();
        reach(stages.get(stages.size() - 1), needed);
        boolean everything = false;
        List<Needs.Source> sources = new ArrayList<>();
        for (Stage stage : stages) {
            everything |= stage.isEverything();
            boolean required = needed.contains(stage.index());
            stage.sources().stream()
                    .map(source -> new Needs.Source(source.line(), source.keyword(), source.pattern(), required))
                    .forEach(sources::add);
        }
        return new Needs(everything, sources);
    }

    private void reach(Stage stage, Set<Integer> reached) {
        if (!reached.add(stage.index())) {
            return;
        }
        Stage parent = stage.parent();
        if (parent != null) {
            reach(parent, reached);
        }
        for (String other : stage.others()) {
            Stage found = find(other);
            if (found == null && other.matches("\\d{1,6}") && Integer.parseInt(other) < stages.size()) {
                found = stages.get(Integer.parseInt(other));
            }
            if (found != null) {
                reach(found, reached);
            }
        }
    }
}
