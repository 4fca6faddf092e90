/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The words of a Dockerfile's instructions. */
final class Words {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Words() {}

    static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    static String stripTrailingBlanks(String line) {
        int end = line.length();
        while (end > 0 && (line.charAt(end - 1) == ' ' || line.charAt(end - 1) == '\t')) {
            end--;
        }
        return line.substring(0, end);
    }

    /** At most this many pieces, cut at blanks; the last one has the rest as it is. */
    static List<String> cut(String text, int most) {
        String stripped = text.strip();
        return stripped.isEmpty() ? List.of() : List.of(stripped.split("\\s+", most));
    }

    /** Split at blanks outside of quotes; quotes and escapes stay. */
    static List<String> split(String text, char escape) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == 0 && Character.isWhitespace(c)) {
                addTo(words, word);
                continue;
            }
            word.append(c);
            if (c == escape && quote != '\'' && i + 1 < text.length()) {
                word.append(text.charAt(++i));
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            }
        }
        addTo(words, word);
        return words;
    }

    private static void addTo(List<String> words, StringBuilder word) {
        if (word.length() > 0) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    /** Without the quotes around it, if there are any. */
    static String unquoted(String word) {
        int last = word.length() - 1;
        boolean quoted =
                last > 0 && word.charAt(0) == word.charAt(last) && (word.charAt(0) == '"' || word.charAt(0) == '\'');
        return quoted ? word.substring(1, last) : word;
    }

    /** The strings of a JSON list; empty when it is none, and Docker reads words then. */
    static Optional<List<String>> json(String text) {
        if (!text.startsWith("[")) {
            return Optional.empty();
        }
        try {
            JsonNode list = JSON.readTree(text);
            List<String> strings = new ArrayList<>();
            for (JsonNode item : list) {
                if (!item.isTextual()) {
                    return Optional.empty();
                }
                strings.add(item.asText());
            }
            return list.isArray() ? Optional.of(strings) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
