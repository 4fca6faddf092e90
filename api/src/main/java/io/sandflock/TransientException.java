/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The same operation might succeed when it is tried again, on a new sandbox where the sandbox was lost, without anybody
 * changing anything.
 */
public non-sealed class TransientException extends SandflockException {

    private static final long serialVersionUID = 1L;

    private final @Nullable Duration retryAfter;

    /** An error without a time for the next try. */
    public TransientException(ErrorCode code, String reason, ErrorContext context, @Nullable Throwable cause) {
        this(code, reason, context, null, cause);
    }

    /** An error for which the platform may have named the time until the next try. */
    public TransientException(
            ErrorCode code,
            String reason,
            ErrorContext context,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(code, reason, context, cause);
        this.retryAfter = retryAfter;
    }

    /** How long the platform asked to wait, when it did. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
