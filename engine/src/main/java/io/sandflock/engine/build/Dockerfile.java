/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import io.sandflock.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Dockerfile, read as Docker reads it: parser directives, comments, continuations, heredocs.
 *
 * @param name for messages
 * @param escape the character that continues a line and takes the meaning from another
 * @param lines as they stand in the file, without their ends
 * @param instructions in order
 */
record Dockerfile(String name, char escape, List<String> lines, List<Instruction> instructions) {

    private static final Pattern DIRECTIVE = Pattern.compile("#\\s*([A-Za-z][A-Za-z0-9]*)\\s*=\\s*(.+?)\\s*");
    private static final Pattern HEREDOC = Pattern.compile("\\d*<<(-?)([^<]+)");

    Dockerfile {
        lines = List.copyOf(lines);
        instructions = List.copyOf(instructions);
    }

    /** @throws InvalidInputException with the line of what cannot be read */
    static Dockerfile parse(String name, String text) {
        String clean = text.startsWith("\uFEFF") ? text.substring(1) : text;
        List<String> lines = clean.lines().toList();
        char escape = escapeOf(name, lines);
        List<Instruction> instructions = new Reader(name, escape, lines).all();
        return new Dockerfile(name, escape, lines, instructions);
    }

    /** The refusal of what a line says. */
    InvalidInputException refusal(int line, String problem) {
        return new InvalidInputException(name + ":" + line, problem);
    }

    private static char escapeOf(String name, List<String> lines) {
        for (int i = 0; i < lines.size(); i++) {
            Matcher directive = DIRECTIVE.matcher(lines.get(i).strip());
            if (!directive.matches()) {
                return '\\';
            }
            String key = directive.group(1).toLowerCase(java.util.Locale.ROOT);
            if (key.equals("escape")) {
                String value = directive.group(2);
                if (!value.equals("\\") && !value.equals("`")) {
                    throw new InvalidInputException(
                            name + ":" + (i + 1), "the escape character is '" + value + "'; expected \\ or `");
                }
                return value.charAt(0);
            }
            if (!key.equals("syntax") && !key.equals("check")) {
                return '\\';
            }
        }
        return '\\';
    }

    private static boolean isComment(String line) {
        return line.stripLeading().startsWith("#");
    }

    /** Goes through the lines once. */
    private static final class Reader {

        private final String name;
        private final char escape;
        private final List<String> lines;
        private int next = 0;

        Reader(String name, char escape, List<String> lines) {
            this.name = name;
            this.escape = escape;
            this.lines = lines;
        }

        List<Instruction> all() {
            List<Instruction> instructions = new ArrayList<>();
            while (next < lines.size()) {
                if (lines.get(next).isBlank() || isComment(lines.get(next))) {
                    next++;
                } else {
                    instructions.add(instruction());
                }
            }
            return instructions;
        }

        private Instruction instruction() {
            int first = next;
            String logical = joined().strip();
            List<String> words = Words.cut(logical, 2);
            String keyword = Words.upper(words.get(0));
            String text = words.size() < 2 ? "" : words.get(1);
            if (mayHaveHeredocs(keyword, text)) {
                skipHeredocs(first, text);
            }
            return new Instruction(first + 1, next, keyword, text);
        }

        private String joined() {
            StringBuilder logical = new StringBuilder();
            while (next < lines.size()) {
                String line = lines.get(next++);
                // Inside a continuation, comments and blank lines are as if they were not there.
                if (logical.length() > 0 && (line.isBlank() || isComment(line))) {
                    continue;
                }
                String body = Words.stripTrailingBlanks(line);
                if (!continues(body)) {
                    return logical.append(line).toString();
                }
                logical.append(body, 0, body.length() - 1);
                if (logical.length() == 0) {
                    logical.append(' ');
                }
            }
            return logical.toString();
        }

        private boolean continues(String body) {
            int last = body.length() - 1;
            return last >= 0 && body.charAt(last) == escape && (last == 0 || body.charAt(last - 1) != escape);
        }

        private static boolean mayHaveHeredocs(String keyword, String text) {
            return switch (keyword) {
                case "RUN", "COPY", "ADD" -> text.contains("<<");
                case "ONBUILD" -> text.contains("<<") && Pattern.matches("(?is)(RUN|COPY|ADD)\\s.*", text);
                default -> false;
            };
        }

        private void skipHeredocs(int first, String text) {
            for (String word : Words.split(text, escape)) {
                Matcher heredoc = HEREDOC.matcher(word);
                if (heredoc.matches()) {
                    skipHeredoc(
                            first,
                            Words.unquoted(heredoc.group(2)),
                            !heredoc.group(1).isEmpty());
                }
            }
        }

        private void skipHeredoc(int first, String end, boolean tabs) {
            if (end.isEmpty()) {
                return;
            }
            while (next < lines.size()) {
                String line = lines.get(next++);
                if ((tabs ? line.replaceFirst("^\t+", "") : line).equals(end)) {
                    return;
                }
            }
            throw new InvalidInputException(
                    name + ":" + (first + 1), "the heredoc that ends with '" + end + "' does not end");
        }
    }
}
