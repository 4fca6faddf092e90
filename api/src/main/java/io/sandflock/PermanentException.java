/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import org.jspecify.annotations.Nullable;

/** The same operation would fail again unless its cause is corrected. */
public non-sealed class PermanentException extends SandflockException {

    private static final long serialVersionUID = 1L;

    /** An error with its cause, if there is one. */
    public PermanentException(ErrorCode code, String reason, ErrorContext context, @Nullable Throwable cause) {
        super(code, reason, context, cause);
    }

    /** An error that is its own cause. */
    public PermanentException(ErrorCode code, String reason, ErrorContext context) {
        this(code, reason, context, null);
    }
}
