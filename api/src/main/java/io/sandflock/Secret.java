/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.util.Objects;

/**
 * A value that must not be shown: a key, a token. Prints as {@code ***}; whoever needs the value says so by {@link #reveal()}.
 * Immutable.
 */
public final class Secret {

    private final String value;

    private Secret(String value) {
        this.value = value;
    }

    /** A secret; refuses a blank one. */
    public static Secret of(String value) {
        if (Objects.requireNonNull(value, "value").isBlank()) {
            throw new IllegalArgumentException("a secret must not be blank");
        }
        return new Secret(value);
    }

    /** The value itself, for the one place that sends it. */
    public String reveal() {
        return value;
    }

    /** Equal when the values are. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.value.equals(value);
    }

    /** The value's. */
    @Override
    public int hashCode() {
        return value.hashCode();
    }

    /** {@code ***}. */
    @Override
    public String toString() {
        return "***";
    }
}
