/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads the properties of a request's object and collects what is wrong with them. Properties nobody asks for are ignored. */
final class Fields {

    private final JsonNode object;
    private final List<String> problems = new ArrayList<>();

    Fields(JsonNode object) {
        this.object = object;
    }

    Optional<String> text(String name) {
        JsonNode node = object.path(name);
        if (isAbsent(node)) {
            return Optional.empty();
        }
        if (!node.isTextual()) {
            problems.add(name + " must be a string");
            return Optional.empty();
        }
        return Optional.of(node.textValue());
    }

    boolean flag(String name) {
        JsonNode node = object.path(name);
        if (!isAbsent(node) && !node.isBoolean()) {
            problems.add(name + " must be a boolean value");
        }
        return node.asBoolean(false);
    }

    OptionalInt whole(String name, int least) {
        JsonNode node = object.path(name);
        if (isAbsent(node)) {
            return OptionalInt.empty();
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            problems.add(name + " must be an integer number");
            return OptionalInt.empty();
        }
        if (node.intValue() < least) {
            problems.add(name + " must not be less than " + least);
        }
        return OptionalInt.of(node.intValue());
    }

    Map<String, String> texts(String name) {
        JsonNode node = object.path(name);
        if (isAbsent(node)) {
            return Map.of();
        }
        if (!node.isObject()) {
            problems.add(name + " must be an object");
            return Map.of();
        }
        Map<String, String> texts = new HashMap<>();
        node.properties().forEach(entry -> {
            if (entry.getValue().isTextual()) {
                texts.put(entry.getKey(), entry.getValue().textValue());
            } else {
                problems.add("each value in " + name + " must be a string");
            }
        });
        return Map.copyOf(texts);
    }

    List<String> list(String name) {
        JsonNode node = object.path(name);
        List<String> texts = new ArrayList<>();
        if (!isAbsent(node) && !node.isArray()) {
            problems.add(name + " must be an array");
            return texts;
        }
        for (JsonNode item : node) {
            if (!item.isTextual()) {
                problems.add("each value in " + name + " must be a string");
                return texts;
            }
            texts.add(item.textValue());
        }
        return texts;
    }

    /** The fields of an object in this one; empty when it is absent. */
    Optional<Fields> object(String name) {
        JsonNode node = object.path(name);
        if (isAbsent(node)) {
            return Optional.empty();
        }
        if (!node.isObject()) {
            problems.add(name + " must be an object");
            return Optional.empty();
        }
        return Optional.of(new Fields(node));
    }

    /** Whether there is anything: an array with an element, an object with a property, or a value. */
    boolean has(String name) {
        JsonNode node = object.path(name);
        return !isAbsent(node) && !(node.isContainerNode() && node.isEmpty());
    }

    void problem(String message) {
        problems.add(message);
    }

    void require(boolean holds, String message) {
        if (!holds) {
            problems.add(message);
        }
    }

    /** Refuses the request when anything was wrong. */
    void done() {
        if (!problems.isEmpty()) {
            throw ApiException.badRequest(String.join(", ", problems));
        }
    }

    void addTo(Fields outer) {
        outer.problems.addAll(problems);
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }
}
