/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import io.sandflock.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a {@code .dockerignore} keeps at home. The last line that speaks of a path, or of a folder that it lies in, decides.
 *
 * @param name for messages
 */
public record IgnoreRules(String name, List<Rule> rules) {

    /** Nothing is kept at home. */
    public static final IgnoreRules NONE = new IgnoreRules("", List.of());

    /** @param exception whether it takes back what lines before it excluded */
    public record Rule(Pattern pattern, boolean exception) {}

    /** Copies. */
    public IgnoreRules {
        rules = List.copyOf(rules);
    }

    /** @throws InvalidInputException with the line of what is no pattern */
    public static IgnoreRules parse(String name, String text) {
        List<Rule> rules = new ArrayList<>();
        List<String> lines =
                (text.startsWith("\uFEFF") ? text.substring(1) : text).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            // A comment's mark is in the first column; anywhere else it belongs to a name.
            String line = lines.get(i).startsWith("#") ? "" : lines.get(i).strip();
            if (!line.isEmpty()) {
                rules.add(rule(name, i + 1, line));
            }
        }
        return new IgnoreRules(name, rules);
    }

    private static Rule rule(String name, int number, String line) {
        boolean exception = line.startsWith("!");
        String pattern = exception ? line.substring(1).strip() : line;
        if (pattern.isEmpty()) {
            throw new InvalidInputException(name + ":" + number, "a '!' without a pattern");
        }
        try {
            return new Rule(Globs.ignored(Globs.clean(pattern)), exception);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(name + ":" + number, String.valueOf(e.getMessage()), e);
        }
    }

    /** Whether a path stays at home. */
    public boolean excludes(String path) {
        boolean excluded = false;
        for (Rule rule : rules) {
            // What would change nothing needs no look.
            if (rule.exception() == excluded && speaksOf(rule, path)) {
                excluded = !rule.exception();
            }
        }
        return excluded;
    }

    private static boolean speaksOf(Rule rule, String path) {
        for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
            if (rule.pattern().matcher(path).region(0, end).matches()) {
                return true;
            }
        }
        return false;
    }

    /** What to do about a path that is in the way. */
    String hint(String path) {
        return "a line '" + path + "' in " + (name.isEmpty() ? "a .dockerignore" : name) + " keeps it at home";
    }

    /** Whether nothing below an excluded folder can be taken back. */
    public boolean excludesForGood(String folder) {
        return excludes(folder) && rules.stream().noneMatch(Rule::exception);
    }
}
