/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

/** A process could not be started; the message is the operating system's, for example {@code no such file or directory}. */
public final class SpawnException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message the operating system's words */
    public SpawnException(String message) {
        super(message, null, false, false);
    }
}
