/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Problems;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Interpolates one text as the Compose specification says: {@code $NAME}, {@code ${NAME}}, {@code :-}, {@code -}, {@code :?},
 * {@code ?}, {@code :+}, {@code +} with texts that are interpolated themselves, and {@code $$} for a dollar sign.
 */
final class Interpolation {

    /** Of what one text may become: variables multiply. */
    private static final int LONGEST = 1 << 20;

    private static final int DEEPEST = 32;
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private final Variables variables;
    private boolean fromSample;
    /** Whether it was asked for a sample's data, there or not: another sample's may be. */
    private boolean ofSample;

    private Interpolation(Variables variables) {
        this.variables = variables;
    }

    /** @throws IllegalArgumentException for what is no such text, and for a variable that is required and missing */
    static Variables.Value of(String text, Variables variables) {
        if (text.indexOf('$') < 0) {
            return new Variables.Value(text, false);
        }
        Interpolation interpolation = new Interpolation(variables);
        String result = interpolation.text(text, 0);
        if (interpolation.ofSample) {
            variables.ofSample(result);
        }
        return new Variables.Value(result, interpolation.fromSample);
    }

    private String text(String text, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("'${...}' nest deeper than " + DEEPEST + " levels");
        }
        StringBuilder result = new StringBuilder();
        int from = 0;
        for (int at = text.indexOf('$'); at >= 0; at = text.indexOf('$', from)) {
            append(result, text.substring(from, at));
            from = expression(text, at + 1, result, depth);
        }
        append(result, text.substring(from));
        return result.toString();
    }

    private static void append(StringBuilder result, String more) {
        if (more.length() > LONGEST - result.length()) {
            throw new IllegalArgumentException("becomes longer than " + LONGEST + " characters by its variables");
        }
        result.append(more);
    }

    /** Returns where the expression ends. */
    private int expression(String text, int at, StringBuilder result, int depth) {
        if (at < text.length() && text.charAt(at) == '$') {
            append(result, "$");
            return at + 1;
        }
        boolean braced = at < text.length() && text.charAt(at) == '{';
        Matcher name = NAME.matcher(text).region(braced ? at + 1 : at, text.length());
        if (!name.lookingAt()) {
            throw notOne(text, at - 1);
        }
        if (!braced) {
            append(result, substituted(name.group(), value(name.group())));
            return name.end();
        }
        int end = closing(text, at - 1, name.end());
        append(result, braced(name.group(), text.substring(name.end(), end), text, at - 1, depth));
        return end + 1;
    }

    private static int closing(String text, int start, int from) {
        int open = 1;
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) == '}') {
                open--;
                if (open == 0) {
                    return i;
                }
            } else if (text.startsWith("${", i)) {
                open++;
                i++;
            }
        }
        throw notOne(text, start);
    }

    private String braced(String name, String rest, String text, int start, int depth) {
        Variables.@Nullable Value value = value(name);
        if (rest.isEmpty()) {
            return substituted(name, value);
        }
        boolean colon = rest.charAt(0) == ':';
        String operation = rest.substring(colon ? 1 : 0);
        boolean there = value != null && !(colon && value.text().isEmpty());
        if (operation.isEmpty()) {
            throw notOne(text, start);
        }
        String operand = operation.substring(1);
        return switch (operation.charAt(0)) {
            case '-' -> there ? substituted(name, value) : text(operand, depth + 1);
            case '+' -> there ? text(operand, depth + 1) : "";
            case '?' -> {
                if (!there) {
                    String why = text(operand, depth + 1);
                    throw new IllegalArgumentException("the variable " + name + " is required and "
                            + (value == null ? "not set" : "empty") + (why.isEmpty() ? "" : ": " + why));
                }
                yield substituted(name, value);
            }
            default -> throw notOne(text, start);
        };
    }

    private Variables.@Nullable Value value(String name) {
        Variables.Value value = variables.get(name);
        ofSample |= Variables.isMetadata(name) || (value != null && variables.isOfSample(value.text()));
        return value;
    }

    private String substituted(String name, Variables.@Nullable Value value) {
        if (value == null) {
            variables.unset(name);
            return "";
        }
        fromSample |= value.fromSample();
        return value.text();
    }

    /** Only the name-like beginning is shown: the rest may be a secret. */
    private static IllegalArgumentException notOne(String text, int start) {
        Matcher shown = Pattern.compile("\\$\\{?[A-Za-z_]?[A-Za-z0-9_]{0,40}.?")
                .matcher(text)
                .region(start, text.length());
        String given = shown.lookingAt() ? shown.group() : "$";
        return new IllegalArgumentException(Problems.shown(given)
                + " begins no variable; accepted: $NAME, ${NAME}, ${NAME:-default}, ${NAME:?error}, ${NAME:+other}, also without"
                + " the colon, and $$ for a dollar sign");
    }
}
