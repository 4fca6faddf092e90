/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.util.Objects;

/**
 * How good an attempt was.
 *
 * @param value 1.0 is full marks; finite
 * @param explanation one line for people, may be empty
 */
public record Score(double value, String explanation) {

    /** Refuses a value that is not finite. */
    public Score {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("a score must be finite, was " + value);
        }
        Objects.requireNonNull(explanation, "explanation");
    }

    /** A score without explanation. */
    public static Score of(double value) {
        return new Score(value, "");
    }
}
