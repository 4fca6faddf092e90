/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.engine.local.http.HttpError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A JSON body's fields, as strict as the daemon's decoder: {@code null} is absent, a wrong type is a 400, the unknown is ignored. */
final class Fields {

    private static final long UINT32 = 0xffff_ffffL;

    private Fields() {}

    static Optional<String> text(ObjectNode body, String name) {
        JsonNode value = value(body, name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw wrong(name, value, "string");
        }
        return Optional.of(value.textValue());
    }

    static String required(ObjectNode body, String name) {
        return text(body, name)
                .filter(value -> !value.isEmpty())
                .orElseThrow(() -> HttpError.badRequest("invalid request body: " + name + " is required"));
    }

    static boolean flag(ObjectNode body, String name) {
        JsonNode value = value(body, name);
        if (value != null && !value.isBoolean()) {
            throw wrong(name, value, "bool");
        }
        return value != null && value.booleanValue();
    }

    static long seconds(ObjectNode body, String name) {
        JsonNode value = value(body, name);
        if (value == null) {
            return 0;
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < 0
                || value.longValue() > UINT32) {
            throw wrong(name, value, "uint32");
        }
        return value.longValue();
    }

    static Map<String, String> texts(ObjectNode body, String name) {
        JsonNode value = value(body, name);
        if (value == null) {
            return Map.of();
        }
        if (!(value instanceof ObjectNode object)) {
            throw wrong(name, value, "map[string]string");
        }
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            if (!field.getValue().isTextual()) {
                throw wrong(name, field.getValue(), "string");
            }
            texts.put(field.getKey(), field.getValue().textValue());
        }
        return texts;
    }

    static List<String> list(ObjectNode body, String name, int limit) {
        JsonNode value = value(body, name);
        List<String> texts = new ArrayList<>();
        if (value == null) {
            return texts;
        }
        if (!value.isArray() || value.size() > limit) {
            throw value.isArray()
                    ? HttpError.badRequest("invalid request body: more than " + limit + " " + name)
                    : wrong(name, value, "[]string");
        }
        for (JsonNode element : value) {
            if (!element.isTextual()) {
                throw wrong(name, element, "string");
            }
            texts.add(element.textValue());
        }
        return texts;
    }

    private static @Nullable JsonNode value(ObjectNode body, String name) {
        JsonNode value = body.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /** Names the type that was given, never the value: it may be a secret. */
    private static HttpError wrong(String name, JsonNode given, String expected) {
        return HttpError.badRequest("invalid request body: json: cannot unmarshal "
                + given.getNodeType().name().toLowerCase(Locale.ROOT) + " into field " + name + " of type " + expected);
    }
}
