/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One file on its way from YAML to data: its problems, the folder that its paths are relative to, and which of its texts a sample has a
 * part in.
 */
final class Reading {

    private final Problems problems;
    private final Path folder;
    private final Path confines;
    private final Variables variables;
    private final Set<Node> fromSample = Collections.newSetFromMap(new IdentityHashMap<>());

    /** @param confines the folder that paths with a sample's data in them must not leave */
    Reading(Problems problems, Path folder, Path confines, Variables variables) {
        this.problems = problems;
        this.folder = folder;
        this.confines = confines;
        this.variables = variables;
    }

    Problems problems() {
        return problems;
    }

    /** The compose file's own folder, whatever files it names; absolute. */
    Path root() {
        return absolute(confines);
    }

    String source(int line) {
        return problems.file() + ":" + line;
    }

    /** The same data with every text interpolated; keys, and {@code x-*} but the given ones, stay as they are. */
    Node interpolated(Node node, String path) {
        if (node instanceof Node.Scalar scalar) {
            return scalar.value() instanceof String ? interpolated(scalar, path) : scalar;
        }
        if (node instanceof Node.Items list) {
            List<Node> items = new ArrayList<>();
            for (Node item : list.items()) {
                items.add(interpolated(item, path + "[" + items.size() + "]"));
            }
            return new Node.Items(list.line(), items);
        }
        Map<String, Node.Field> fields = new LinkedHashMap<>();
        ((Node.Fields) node).fields().forEach((key, field) -> {
            boolean ours = !key.startsWith("x-") || key.equals("x-daytona");
            String inner = path.isEmpty() ? key : path + "." + key;
            fields.put(key, ours ? new Node.Field(field.line(), interpolated(field.value(), inner)) : field);
        });
        return new Node.Fields(node.line(), fields);
    }

    private Node interpolated(Node.Scalar scalar, String path) {
        if (scalar.text().indexOf('$') < 0) {
            return scalar;
        }
        try {
            Variables.Value value = Interpolation.of(scalar.text(), variables);
            Node.Scalar result = new Node.Scalar(scalar.line(), value.text(), value.text());
            if (value.fromSample()) {
                fromSample.add(result);
            }
            return result;
        } catch (IllegalArgumentException e) {
            problems.add(scalar, path + ": " + e.getMessage());
            return new Node.Scalar(scalar.line(), null, "");
        }
    }

    /** The path that a text means; {@code null} after a problem was noted. */
    @Nullable
    Path path(Node.Scalar scalar, String text, String where) {
        if (text.startsWith("~")) {
            problems.add(
                    scalar,
                    where + ": " + Problems.shown(text)
                            + " is a home folder, which stays on this machine; use a path relative to"
                            + " the compose file");
            return null;
        }
        try {
            Path path = folder.resolve(text).normalize();
            if (fromSample.contains(scalar) && !confined(path)) {
                problems.add(
                        scalar,
                        where + ": a sample's metadata leads to " + Problems.shown(text)
                                + ", which is outside of the compose file's folder");
                return null;
            }
            return path;
        } catch (InvalidPathException e) {
            problems.add(scalar, where + ": not a path: " + Problems.shown(text));
            return null;
        }
    }

    // Links followed where they are there: one inside the folder may lead out of it.
    private boolean confined(Path path) {
        try {
            return absolute(path).startsWith(absolute(confines))
                    && (!Files.exists(path) || path.toRealPath().startsWith(confines.toRealPath()));
        } catch (IOException e) {
            return false;
        }
    }

    static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
