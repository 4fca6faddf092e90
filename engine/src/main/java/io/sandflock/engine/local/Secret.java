/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import java.util.Objects;

/** A text that must not be seen: {@code toString} is {@code ***}. */
public final class Secret {

    private final String text;

    private Secret(String text) {
        this.text = text;
    }

    /** Hides a text; refuses a blank one. */
    public static Secret of(String text) {
        if (Objects.requireNonNull(text, "text").isBlank()) {
            throw new IllegalArgumentException("a secret must not be blank");
        }
        return new Secret(text);
    }

    /** The text itself: for a header, or for the one line that tells a person what it is. */
    public String reveal() {
        return text;
    }

    @Override
    public String toString() {
        return "***";
    }
}
