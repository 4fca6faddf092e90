/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Words in single quotes, which every shell reads alike: nothing in them is special but the quote itself. */
public final class ShellWords {

    private static final String QUOTE_INSIDE = "'\\''";

    private ShellWords() {}

    /** Appends a word. */
    public static void quote(StringBuilder text, String word) {
        text.append('\'');
        int from = 0;
        for (int quote = word.indexOf('\''); quote >= 0; quote = word.indexOf('\'', from)) {
            text.append(word, from, quote).append(QUOTE_INSIDE);
            from = quote + 1;
        }
        text.append(word, from, word.length()).append('\'');
    }

    /** The words of text that {@link #quote} wrote, separated by single blanks; empty when it is anything else. */
    static Optional<List<String>> parse(String text) {
        List<String> words = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            StringBuilder word = new StringBuilder();
            at = parseWord(text, at, word);
            if (at < 0) {
                return Optional.empty();
            }
            words.add(word.toString());
            if (at < text.length() && text.charAt(at++) != ' ') {
                return Optional.empty();
            }
        }
        return Optional.of(words);
    }

    /** Where the word ends that begins at {@code start}, after its last quote; -1 when none begins there. */
    static int end(String text, int start) {
        return start < text.length() ? parseWord(text, start, new StringBuilder()) : -1;
    }

    private static int parseWord(String text, int start, StringBuilder word) {
        if (text.charAt(start) != '\'') {
            return -1;
        }
        int from = start + 1;
        for (int quote = text.indexOf('\'', from); quote >= 0; quote = text.indexOf('\'', from)) {
            word.append(text, from, quote);
            if (!text.startsWith(QUOTE_INSIDE, quote)) {
                return quote + 1;
            }
            word.append('\'');
            from = quote + QUOTE_INSIDE.length();
        }
        return -1;
    }
}
