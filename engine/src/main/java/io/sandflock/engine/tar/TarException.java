/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

/** An archive that cannot be read, or that nobody should unpack. */
public final class TarException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TarException(String message) {
        super(message);
    }
}
