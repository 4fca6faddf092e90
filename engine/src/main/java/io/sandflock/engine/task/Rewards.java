/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** Reads what a verifier wrote: hostile text of at most {@link FileScore#LIMIT} bytes. Errors say what is wrong, in one line. */
final class Rewards {

    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,5})?");
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final ObjectReader TREES = JSON.readerFor(JsonNode.class);

    static {
        JSON.getFactory()
                .setStreamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(8).build());
    }

    private Rewards() {}

    /** One number, blanks around it apart. */
    static double ofText(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8).strip();
        if (text.isEmpty()) {
            throw new IllegalArgumentException("is empty; expected one number");
        }
        return number(text).orElseThrow(() -> new IllegalArgumentException("is not one number"));
    }

    /** {@code reward}, else the only number, else the mean. */
    static double ofJson(byte[] content) {
        Map<String, Double> rewards = rewards(tree(content));
        Double reward = rewards.get("reward");
        double value = reward != null
                ? reward
                : rewards.values().stream()
                        .mapToDouble(Double::doubleValue)
                        .average()
                        .orElseThrow();
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("the mean of its numbers is not finite");
        }
        return value;
    }

    private static JsonNode tree(byte[] content) {
        if (new String(content, StandardCharsets.UTF_8).isBlank()) {
            throw new IllegalArgumentException(
                    "is empty; expected an object of numbers, for example {\"reward\": 1.0}");
        }
        try {
            return TREES.readTree(content);
        } catch (IOException e) {
            throw new IllegalArgumentException("is not JSON", e);
        }
    }

    private static Map<String, Double> rewards(JsonNode tree) {
        if (!tree.isObject() || tree.isEmpty()) {
            throw new IllegalArgumentException("is not an object of numbers, for example {\"reward\": 1.0}");
        }
        Map<String, Double> rewards = new LinkedHashMap<>();
        tree.properties().forEach(entry -> rewards.put(entry.getKey(), value(entry.getKey(), entry.getValue())));
        return rewards;
    }

    private static double value(String key, JsonNode value) {
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            String shown = key.length() > 40 ? key.substring(0, 40) + "..." : key;
            throw new IllegalArgumentException("'" + shown.replaceAll("\\p{Cntrl}", " ") + "' is not a number");
        }
        return value.doubleValue();
    }

    /** A finite decimal number; nothing for {@code NaN}, {@code 0x1p3}, {@code 1f} and the like, which Java would read. */
    static OptionalDouble number(String text) {
        if (text.length() > 64 || !NUMBER.matcher(text).matches()) {
            return OptionalDouble.empty();
        }
        double value = Double.parseDouble(text);
        return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    }
}
