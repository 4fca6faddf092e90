/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One word of an instruction being expanded as Docker does it: quotes, escapes, {@code $NAME} and the forms in braces. */
final class Expansion {

    /**
     * A variable's value.
     *
     * @param text {@code null} when it is not set, or not known
     * @param known whether it can be told
     */
    record Value(@Nullable String text, boolean known) {
        static final Value UNKNOWN = new Value(null, false);
        static final Value UNSET = new Value(null, true);
    }

    private final String word;
    private final char escape;
    private final Function<String, Value> variables;
    private final StringBuilder out = new StringBuilder();
    private int at = 0;
    private boolean known = true;

    Expansion(String word, char escape, Function<String, Value> variables) {
        this.word = word;
        this.escape = escape;
        this.variables = variables;
    }

    /** Empty when it depends on something that is not known. */
    Optional<String> result() {
        while (at < word.length()) {
            char c = word.charAt(at++);
            if (c == '\'') {
                single();
            } else if (c == '"') {
                twice();
            } else if (c == '$') {
                variable();
            } else if (c == escape && at < word.length()) {
                out.append(word.charAt(at++));
            } else {
                out.append(c);
            }
        }
        return known ? Optional.of(out.toString()) : Optional.empty();
    }

    private void single() {
        int end = word.indexOf('\'', at);
        out.append(word, at, end < 0 ? word.length() : end);
        at = end < 0 ? word.length() : end + 1;
    }

    private void twice() {
        while (at < word.length()) {
            char c = word.charAt(at++);
            if (c == '"') {
                return;
            }
            if (c == '$') {
                variable();
            } else if (c == escape && at < word.length() && isSpecial(word.charAt(at))) {
                out.append(word.charAt(at++));
            } else {
                out.append(c);
            }
        }
    }

    private boolean isSpecial(char c) {
        return c == '"' || c == '$' || c == escape;
    }

    private void variable() {
        if (at < word.length() && word.charAt(at) == '{') {
            int end = closing(at + 1);
            braces(word.substring(at + 1, end));
            at = Math.min(end + 1, word.length());
            return;
        }
        int start = at;
        while (at < word.length() && isName(word.charAt(at))) {
            at++;
        }
        if (at == start) {
            out.append('$');
        } else {
            append(variables.apply(word.substring(start, at)));
        }
    }

    /** Where the brace closes that was opened before this place; the word's end when it does not. */
    private int closing(int start) {
        int depth = 1;
        for (int i = start; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c == escape) {
                i++;
            } else if (c == '{') {
                depth++;
            } else if (c == '}' && --depth == 0) {
                return i;
            }
        }
        return word.length();
    }

    private void braces(String inside) {
        int end = 0;
        while (end < inside.length() && isName(inside.charAt(end))) {
            end++;
        }
        Value value = variables.apply(inside.substring(0, end));
        String form = inside.substring(end);
        if (form.isEmpty()) {
            append(value);
            return;
        }
        boolean colon = form.startsWith(":");
        String rest = colon ? form.substring(1) : form;
        if (!value.known() || rest.isEmpty()) {
            known = false;
            return;
        }
        boolean set = value.text() != null && !(colon && value.text().isEmpty());
        String operand = rest.substring(1);
        switch (rest.charAt(0)) {
            case '-' -> append(set ? value : operand(operand));
            case '+' -> append(set ? operand(operand) : Value.UNSET);
            case '?' -> append(set ? value : Value.UNKNOWN);
            // Patterns that cut or replace: rare, and the whole context is a right answer too.
            default -> known = false;
        }
    }

    private Value operand(String text) {
        return new Expansion(text, escape, variables)
                .result()
                .map(expanded -> new Value(expanded, true))
                .orElse(Value.UNKNOWN);
    }

    private void append(Value value) {
        known &= value.known();
        out.append(value.text() == null ? "" : value.text());
    }

    private static boolean isName(char c) {
        return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }
}
