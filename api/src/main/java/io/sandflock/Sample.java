/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * One problem of an eval.
 *
 * @param id unique in the eval
 * @param input what the problem is, as text
 * @param target the expected answers; may be empty
 * @param metadata anything else: strings, numbers, booleans, lists, maps
 * @param sandbox this sample's own sandbox; the eval's when empty
 */
public record Sample(
        String id, String input, List<String> target, Map<String, Object> metadata, Optional<SandboxSpec> sandbox) {

    /** Refuses a blank id and copies the collections. */
    public Sample {
        if (Objects.requireNonNull(id, "id").isBlank()) {
            throw new IllegalArgumentException("a sample's id must not be blank");
        }
        Objects.requireNonNull(input, "input");
        target = List.copyOf(target);
        // Not Map.copyOf: JSON metadata may hold nulls, and its order is the dataset's.
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        Objects.requireNonNull(sandbox, "sandbox");
    }

    /** A sample with an id and an input. */
    public static Sample of(String id, String input) {
        return new Sample(id, input, List.of(), Map.of(), Optional.empty());
    }

    /** The id only: inputs may be long and secret. */
    @Override
    public String toString() {
        return "Sample[" + id + "]";
    }
}
