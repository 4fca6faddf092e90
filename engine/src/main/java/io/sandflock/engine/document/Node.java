/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.document;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A value of a YAML, JSON or CSV file, with the line that it begins on. */
public sealed interface Node {

    /** From 1. */
    int line();

    /** As a person would call it in "expected text, was a list". */
    String kind();

    /** As a sample's metadata: strings, numbers, booleans, lists, maps, {@code null}. */
    @Nullable
    Object plain();

    /**
     * Text, a number, a boolean or nothing.
     *
     * @param value {@code String}, {@code Number}, {@code Boolean} or {@code null}
     * @param text as it was written, so that {@code 1.50} and {@code 007} stay what they are where text is expected
     */
    record Scalar(int line, @Nullable Object value, String text) implements Node {
        @Override
        public String kind() {
            if (value == null) {
                return "nothing";
            }
            return value instanceof String ? "text" : value instanceof Boolean ? "a boolean" : "a number";
        }

        @Override
        public @Nullable Object plain() {
            return value;
        }
    }

    /** A list. */
    record Items(int line, List<Node> items) implements Node {
        @Override
        public String kind() {
            return "a list";
        }

        @Override
        public Object plain() {
            List<@Nullable Object> plain = new ArrayList<>();
            items.forEach(item -> plain.add(item.plain()));
            return Collections.unmodifiableList(plain);
        }
    }

    /** A mapping; keys are unique and in the order of the file. */
    record Fields(int line, Map<String, Field> fields) implements Node {
        @Override
        public String kind() {
            return "a mapping";
        }

        @Override
        public Map<String, Object> plain() {
            Map<String, @Nullable Object> plain = new LinkedHashMap<>();
            fields.forEach((key, field) -> plain.put(key, field.value.plain()));
            return Collections.unmodifiableMap(plain);
        }

        /** The value of a key; {@code null} when it is missing, or there and empty. */
        public @Nullable Node get(String key) {
            Field field = fields.get(key);
            return field == null || (field.value instanceof Scalar scalar && scalar.value == null) ? null : field.value;
        }
    }

    /** A value and the line of its key. */
    record Field(int line, Node value) {}
}
