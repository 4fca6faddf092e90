/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The part of JSON Schema that both documents use: types, {@code nullable}, {@code required}, {@code properties},
 * {@code additionalProperties}, {@code items}, {@code enum}, {@code allOf}/{@code oneOf}/{@code anyOf}, bounds and
 * {@code $ref}. Undeclared properties of an object with declared ones are tolerated in answers, as clients must, and are
 * violations in requests, where nothing but a typing error explains them.
 */
final class Schemas {

    private final JsonNode document;

    Schemas(JsonNode document) {
        this.document = document;
    }

    void check(JsonNode value, JsonNode given, String where, List<String> problems) {
        JsonNode schema = resolve(given);
        if (value.isNull()) {
            if (!schema.path("nullable").asBoolean() && schema.has("type")) {
                problems.add(where + " is null");
            }
            return;
        }
        for (JsonNode part : schema.path("allOf")) {
            check(value, part, where, problems);
        }
        oneOf(value, schema, where, problems);
        type(value, schema, where, problems);
        if (schema.has("enum") && !contains(schema.path("enum"), value)) {
            problems.add(where + " is " + value + ", which is not among " + schema.path("enum"));
        }
        if (value.isObject()) {
            object(value, schema, where, problems);
        } else if (value.isArray() && schema.has("items")) {
            for (int i = 0; i < value.size(); i++) {
                check(value.get(i), schema.path("items"), where + "[" + i + "]", problems);
            }
        }
    }

    /** A query parameter, which is text whatever its type. */
    void checkText(String text, JsonNode given, String where, List<String> problems) {
        JsonNode schema = resolve(given);
        boolean fits = switch (schema.path("type").asText()) {
            case "integer" -> text.matches("-?\\d+");
            case "number" -> text.matches("-?\\d+(\\.\\d+)?");
            case "boolean" -> text.matches("true|false");
            default -> true;
        };
        if (!fits) {
            problems.add(where + " is not of type " + schema.path("type").asText());
        } else if (schema.path("type").asText().matches("integer|number")) {
            bounds(new BigDecimal(text), schema, where, problems);
        } else if (schema.has("enum") && !schema.path("enum").toString().contains("\"" + text + "\"")) {
            problems.add(where + " is not among " + schema.path("enum"));
        }
    }

    private void oneOf(JsonNode value, JsonNode schema, String where, List<String> problems) {
        JsonNode choices = schema.has("oneOf") ? schema.path("oneOf") : schema.path("anyOf");
        boolean fits = choices.isEmpty();
        for (JsonNode choice : choices) {
            List<String> found = new ArrayList<>();
            check(value, choice, where, found);
            fits |= found.isEmpty();
        }
        if (!fits) {
            problems.add(where + " fits none of its alternatives");
        }
    }

    private void type(JsonNode value, JsonNode schema, String where, List<String> problems) {
        boolean fits = switch (schema.path("type").asText()) {
            case "string" -> value.isTextual();
            case "integer" ->
                value.isIntegralNumber()
                        || (value.isNumber()
                                && value.decimalValue().stripTrailingZeros().scale() <= 0);
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            default -> true;
        };
        if (!fits) {
            problems.add(where + " is " + value.getNodeType() + ", not "
                    + schema.path("type").asText());
        } else if (value.isNumber()) {
            bounds(value.decimalValue(), schema, where, problems);
        } else if (value.isTextual()
                && schema.has("pattern")
                && !Pattern.compile(schema.path("pattern").asText())
                        .matcher(value.asText())
                        .find()) {
            problems.add(where + " does not match " + schema.path("pattern"));
        }
    }

    private static void bounds(BigDecimal value, JsonNode schema, String where, List<String> problems) {
        if (schema.has("minimum") && value.compareTo(schema.path("minimum").decimalValue()) < 0) {
            problems.add(where + " is less than " + schema.path("minimum"));
        }
        if (schema.has("maximum") && value.compareTo(schema.path("maximum").decimalValue()) > 0) {
            problems.add(where + " is more than " + schema.path("maximum"));
        }
    }

    private void object(JsonNode value, JsonNode schema, String where, List<String> problems) {
        for (JsonNode name : schema.path("required")) {
            if (!value.has(name.asText())) {
                problems.add(where + " lacks '" + name.asText() + "'");
            }
        }
        JsonNode additional = schema.path("additionalProperties");
        value.properties().forEach(field -> {
            JsonNode property = schema.path("properties").path(field.getKey());
            String at = where + "." + field.getKey();
            if (!property.isMissingNode()) {
                check(field.getValue(), property, at, problems);
            } else if (additional.isObject()) {
                check(field.getValue(), additional, at, problems);
            } else if (schema.has("properties") && where.startsWith("request")) {
                problems.add(at + " is not declared");
            }
        });
    }

    private JsonNode resolve(JsonNode schema) {
        JsonNode resolved = schema;
        for (int depth = 0; resolved.has("$ref") && depth < 20; depth++) {
            resolved = document.at(resolved.path("$ref").asText().substring(1));
        }
        return resolved;
    }

    private static boolean contains(JsonNode array, JsonNode value) {
        for (JsonNode entry : array) {
            if (entry.equals(value)) {
                return true;
            }
        }
        return false;
    }
}
