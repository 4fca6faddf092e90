/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

/** A content was of another size than was said for it: the caller's mistake, which no repetition mends. */
public final class LengthException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** @param message what was announced, and what came */
    public LengthException(String message) {
        super(message);
    }
}
