/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Problems;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code .env} and {@code env_file}s by the Compose specification's rules: values bare, in single quotes (literal) or in double
 * quotes (escapes, several lines), comments, {@code export}, interpolation by what is known and by what stands above.
 */
final class DotEnv {

    private static final Pattern NAME = Pattern.compile("(?:export[ \\t]+)?([A-Za-z0-9_.\\[\\]-]+)[ \\t]*");
    private static final int MOST = 10_000;

    private final String text;
    private final Problems problems;
    private final Variables variables;
    private final Map<String, Variables.@Nullable Value> values = new LinkedHashMap<>();
    private int position;
    private int line = 1;

    private DotEnv(String text, Problems problems, Variables variables) {
        this.text = text.replace("\r\n", "\n");
        this.problems = problems;
        this.variables = variables.over(values);
    }

    /** The variables in the file's order; those without a value are {@code null}. Problems are noted. */
    static Map<String, Variables.@Nullable Value> read(String text, Problems problems, Variables variables) {
        DotEnv file = new DotEnv(text, problems, variables);
        while (file.next()) {
            if (file.values.size() > MOST) {
                problems.add(file.line, "more than " + MOST + " variables");
                break;
            }
        }
        return file.values;
    }

    /** As {@code format: raw} has it: everything after the first {@code =} is the value. */
    static Map<String, Variables.@Nullable Value> raw(String text) {
        Map<String, Variables.@Nullable Value> values = new LinkedHashMap<>();
        for (String line : text.split("\\R", -1)) {
            int equals = line.indexOf('=');
            if (!line.isBlank() && !line.startsWith("#")) {
                values.put(
                        equals < 0 ? line : line.substring(0, equals),
                        equals < 0 ? null : new Variables.Value(line.substring(equals + 1), false));
            }
        }
        return values;
    }

    private boolean next() {
        skipBlank();
        if (position == text.length()) {
            return false;
        }
        int start = line;
        if (text.charAt(position) == '#') {
            restOfLine();
            return true;
        }
        Matcher name = NAME.matcher(text).region(position, text.length());
        if (!name.lookingAt()) {
            problems.add(start, "expected NAME=value; a name has letters, digits and _");
            restOfLine();
            return true;
        }
        position = name.end();
        char separator = position == text.length() ? '\n' : text.charAt(position);
        if (separator == '\n' || separator == '#') {
            values.put(name.group(1), null);
            restOfLine();
        } else if (separator == '=' || separator == ':') {
            position++;
            values.put(name.group(1), value(name.group(1), start));
        } else {
            problems.add(start, "expected '=' after " + Problems.shown(name.group(1)));
            restOfLine();
        }
        return true;
    }

    private Variables.Value value(String name, int start) {
        while (position < text.length() && (text.charAt(position) == ' ' || text.charAt(position) == '\t')) {
            position++;
        }
        char quote = position == text.length() ? '\n' : text.charAt(position);
        if (quote != '"' && quote != '\'') {
            String rest = restOfLine();
            // A comment needs a blank before it.
            Matcher comment = Pattern.compile("(^|[ \\t])#").matcher(rest);
            return interpolated(name, (comment.find() ? rest.substring(0, comment.start()) : rest).strip(), start);
        }
        String quoted = quoted(quote, start);
        String after = restOfLine().strip();
        if (!after.isEmpty() && !after.startsWith("#")) {
            problems.add(start, Problems.shown(name) + ": something follows the closing quote");
        }
        return quote == '\'' ? new Variables.Value(quoted, false) : interpolated(name, quoted, start);
    }

    private String quoted(char quote, int start) {
        StringBuilder value = new StringBuilder();
        for (position++; position < text.length(); position++) {
            char c = text.charAt(position);
            if (c == quote) {
                position++;
                return value.toString();
            }
            if (c == '\n') {
                line++;
            }
            if (c == '\\' && position + 1 < text.length()) {
                char next = text.charAt(++position);
                value.append(quote == '\'' ? literal(next) : escaped(next));
            } else {
                value.append(c);
            }
        }
        problems.add(start, "a quote that is never closed");
        return value.toString();
    }

    private static String literal(char next) {
        return next == '\'' ? "'" : "\\" + next;
    }

    private static String escaped(char next) {
        return switch (next) {
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            case '\\' -> "\\";
            case '"' -> "\"";
            // Stays a dollar sign through the interpolation that follows.
            case '$' -> "$$";
            default -> "\\" + next;
        };
    }

    private Variables.Value interpolated(String name, String value, int start) {
        try {
            return Interpolation.of(value, variables);
        } catch (IllegalArgumentException e) {
            problems.add(start, Problems.shown(name) + ": " + e.getMessage());
            return new Variables.Value("", false);
        }
    }

    private void skipBlank() {
        while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
            if (text.charAt(position) == '\n') {
                line++;
            }
            position++;
        }
    }

    private String restOfLine() {
        int end = text.indexOf('\n', position);
        String rest = text.substring(position, end < 0 ? text.length() : end);
        position = end < 0 ? text.length() : end + 1;
        line += end < 0 ? 0 : 1;
        return rest;
    }
}
