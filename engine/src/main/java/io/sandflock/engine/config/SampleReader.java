/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.document.Bounds;
import io.sandflock.engine.document.JsonReader;
import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import io.sandflock.engine.task.TaskPlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes samples of the rows of a dataset, or of an eval's own list. */
final class SampleReader {

    private static final int LONGEST_ID = 1000;

    private final Problems problems;
    private final DatasetFields fields;
    private final WorkReader work;
    private final boolean csv;
    private final Map<String, Integer> lines = new HashMap<>();

    /** @param csv whether every value is text, so that an empty one is none and structured ones are JSON */
    SampleReader(Problems problems, DatasetFields fields, HostFolder folder, boolean csv) {
        this.problems = problems;
        this.fields = fields;
        this.work = new WorkReader(problems, folder, false);
        this.csv = csv;
    }

    /** A sample, what it runs of its own, and its line. */
    record Row(int line, Sample sample, TaskPlan.Own own) {}

    /**
     * The row's sample; {@code null} after a problem was noted.
     *
     * @param number from 1; the id of a sample that has none
     */
    @Nullable
    Row read(Node node, int number) {
        if (!(node instanceof Node.Fields row)) {
            problems.add(node, "a sample must be a mapping with an input, was " + node.kind());
            return null;
        }
        if (!fields.mapped()) {
            refuseUnknown(row);
        }
        String id = id(row, number);
        String input = input(row);
        List<String> target = target(row);
        Map<String, Object> metadata = metadata(row);
        Optional<SandboxSpec> sandbox = work.sandbox(value(row, "sandbox"));
        TaskPlan.Own own = own(row);
        return id == null || input == null
                ? null
                : new Row(row.line(), new Sample(id, input, target, metadata, sandbox), own);
    }

    private void refuseUnknown(Node.Fields row) {
        row.fields().forEach((key, field) -> {
            if (!DatasetFields.KEYS.contains(key)) {
                problems.add(
                        field.line(),
                        "unknown key " + Problems.shown(key) + " in a sample"
                                + Problems.accepted(key, DatasetFields.KEYS)
                                + " (a dataset's other columns are taken by dataset.fields)");
            }
        });
    }

    private @Nullable Node value(Node.Fields row, String key) {
        String column = fields.column(key);
        if (column == null) {
            return null;
        }
        Node value = row.get(column);
        return csv && value instanceof Node.Scalar scalar && scalar.text().isEmpty() && !key.equals("input")
                ? null
                : value;
    }

    private void missing(Node.Fields row, String key) {
        List<String> columns = List.copyOf(row.fields().keySet());
        String column = String.valueOf(fields.column(key));
        String nearest = Problems.nearest(column, columns);
        problems.add(
                row,
                "the sample has no " + Problems.shown(column) + (key.equals(column) ? "" : " for its " + key)
                        + "; it has: "
                        + String.join(", ", columns.stream().limit(20).toList())
                        + (nearest == null ? "" : "; did you mean '" + nearest + "'?"));
    }

    private @Nullable String id(Node.Fields row, int number) {
        Node node = value(row, "id");
        if (node == null) {
            if (fields.named("id") && !row.fields().containsKey(fields.columns().get("id"))) {
                missing(row, "id");
                return null;
            }
            node = new Node.Scalar(row.line(), number, Integer.toString(number));
        }
        if (!(node instanceof Node.Scalar scalar)) {
            problems.add(node, "id: expected text or a number, was " + node.kind());
            return null;
        }
        String id = scalar.text();
        if (id.isBlank() || id.length() > LONGEST_ID || id.chars().anyMatch(Character::isISOControl)) {
            problems.add(
                    node,
                    "id: " + Problems.shown(id) + "; accepted: 1 to " + LONGEST_ID
                            + " characters, not all blank, no control characters");
            return null;
        }
        Integer first = lines.putIfAbsent(id, row.line());
        if (first != null) {
            problems.add(node, "duplicate id " + Problems.shown(id) + ", first on line " + first);
            return null;
        }
        return id;
    }

    private @Nullable String input(Node.Fields row) {
        Node node = value(row, "input");
        if (node == null) {
            missing(row, "input");
            return null;
        }
        if (node instanceof Node.Scalar scalar) {
            return scalar.text();
        }
        problems.add(node, "input: expected text, was " + node.kind());
        return null;
    }

    private List<String> target(Node.Fields row) {
        Node node = value(row, "target");
        if (node == null) {
            return List.of();
        }
        List<String> targets = new ArrayList<>();
        List<Node> items = node instanceof Node.Items list ? list.items() : List.of(node);
        for (Node item : items) {
            if (item instanceof Node.Scalar scalar && scalar.value() != null) {
                targets.add(scalar.text());
            } else {
                problems.add(item, "target: expected text or a list of texts, was " + item.kind());
            }
        }
        return targets;
    }

    private Map<String, Object> metadata(Node.Fields row) {
        List<String> columns = fields.metadata();
        if (columns == null) {
            Node node = structured(value(row, "metadata"));
            if (node == null) {
                return Map.of();
            }
            if (node instanceof Node.Fields map) {
                return map.plain();
            }
            problems.add(node, "metadata: expected a mapping, was " + node.kind());
            return Map.of();
        }
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (String column : columns) {
            Node.Field field = row.fields().get(column);
            // Missing columns are left out, not refused: sparse JSONL is common, and a template that needs one says so.
            Object plain = field == null ? null : field.value().plain();
            if (plain != null) {
                metadata.put(column, plain);
            }
        }
        return metadata;
    }

    private TaskPlan.Own own(Node.Fields row) {
        Node files = structured(value(row, "files"));
        Node setup = value(row, "setup");
        Node command = value(row, "command");
        return files == null && setup == null && command == null
                ? TaskPlan.Own.NONE
                : new TaskPlan.Own(work.files(files), work.setup(setup), work.command("command", command));
    }

    private @Nullable Node structured(@Nullable Node node) {
        if (csv && node instanceof Node.Scalar scalar) {
            Bounds bounds = new Bounds(problems.file(), Bounds.EVAL_VALUES);
            return JsonReader.value(scalar.text(), problems.file(), scalar.line(), bounds);
        }
        return node;
    }
}
