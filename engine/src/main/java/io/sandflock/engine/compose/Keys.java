/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A mapping with known keys. Others are problems, but for {@code x-*}, which are left out; so are keys without a value. */
final class Keys implements Shape {

    /** A list of all accepted keys helps as long as it can be taken in. */
    private static final int LISTED = 16;

    private final Map<String, Shape> shapes;
    private final List<String> required;

    private Keys(Map<String, Shape> shapes, List<String> required) {
        this.shapes = shapes;
        this.required = required;
    }

    static Keys none() {
        return new Keys(Map.of(), List.of());
    }

    /** With keys of one shape. */
    Keys with(Shape shape, String... keys) {
        Map<String, Shape> more = new LinkedHashMap<>(shapes);
        for (String key : keys) {
            more.put(key, shape);
        }
        return new Keys(more, required);
    }

    /** With keys that must be there. */
    Keys required(String... keys) {
        return new Keys(shapes, List.of(keys));
    }

    @Override
    public @Nullable Object read(Node node, Place place) {
        if (!(node instanceof Node.Fields map)) {
            return place.expectedKind(node, "a mapping");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        map.fields().forEach((key, field) -> {
            Shape shape = shapes.get(key);
            if (shape == null) {
                refuse(key, field.line(), place);
            } else if (map.get(key) != null) {
                Object value = shape.read(field.value(), place.key(key));
                if (value != null) {
                    values.put(key, value);
                }
            }
        });
        for (String key : required) {
            if (map.get(key) == null) {
                place.problem(node, "has no " + key);
            }
        }
        return values;
    }

    private void refuse(String key, int line, Place place) {
        if (key.startsWith("x-")) {
            return;
        }
        List<String> accepted = shapes.keySet().stream()
                .filter(known -> !(shapes.get(known) instanceof Shapes.Refused))
                .toList();
        String nearest = Problems.nearest(key, accepted);
        String help = accepted.size() <= LISTED
                ? Problems.accepted(key, accepted)
                : nearest == null
                        ? "; accepted: the keys of the Compose specification, and x-*"
                        : "; did you mean '" + nearest + "'?";
        String where = place.path().isEmpty() ? "" : " in " + place.path();
        place.reading().problems().add(line, "unknown key " + Problems.shown(key) + where + help);
    }
}
