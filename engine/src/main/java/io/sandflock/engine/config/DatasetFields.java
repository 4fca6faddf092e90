/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which columns of a dataset make a sample.
 *
 * @param mapped whether the eval says so; if not, the columns have Inspect's names and other ones are refused
 * @param columns the sample's keys and their columns, as the eval has them
 * @param metadata columns that make the metadata; {@code null} when one column, named in {@code columns}, holds all of it
 */
record DatasetFields(
        boolean mapped,
        Map<String, String> columns,
        @Nullable List<String> metadata) {

    /** What a sample may have. */
    static final List<String> KEYS =
            List.of("id", "input", "target", "metadata", "files", "setup", "sandbox", "command");

    private static final List<String> ALWAYS = List.of("id", "input", "target", "metadata");

    /** A dataset without mapping. */
    static final DatasetFields INSPECT = new DatasetFields(false, Map.of(), null);

    /** The column for a key; {@code null} when there is none: with a mapping, what a sample runs comes from named columns only. */
    @Nullable
    String column(String key) {
        String named = columns.get(key);
        return named != null || (mapped && !ALWAYS.contains(key)) ? named : key;
    }

    /** Whether the eval names this column, so that a row without it is wrong. */
    boolean named(String key) {
        return columns.containsKey(key);
    }

    static DatasetFields read(@Nullable Node node, Problems problems) {
        if (node == null) {
            return INSPECT;
        }
        if (!(node instanceof Node.Fields map)) {
            problems.add(node, "dataset.fields: expected a mapping of a sample's keys to columns, was " + node.kind());
            return INSPECT;
        }
        Map<String, String> columns = new LinkedHashMap<>();
        List<String> metadata = null;
        for (Map.Entry<String, Node.Field> entry : map.fields().entrySet()) {
            String key = entry.getKey();
            Node value = entry.getValue().value();
            if (!KEYS.contains(key)) {
                problems.add(
                        entry.getValue().line(),
                        "dataset.fields: unknown key " + Problems.shown(key) + Problems.accepted(key, KEYS));
            } else if (value instanceof Node.Scalar scalar && scalar.value() != null) {
                columns.put(key, scalar.text());
            } else if (key.equals("metadata") && value instanceof Node.Items list) {
                metadata = names(list, problems);
            } else {
                problems.add(value, "dataset.fields." + key + ": expected a column's name, was " + value.kind());
            }
        }
        return new DatasetFields(true, columns, metadata);
    }

    private static List<String> names(Node.Items list, Problems problems) {
        List<String> names = new ArrayList<>();
        for (Node item : list.items()) {
            if (item instanceof Node.Scalar scalar && scalar.value() != null) {
                names.add(scalar.text());
            } else {
                problems.add(item, "dataset.fields.metadata: expected columns' names, was " + item.kind());
            }
        }
        return names;
    }
}
