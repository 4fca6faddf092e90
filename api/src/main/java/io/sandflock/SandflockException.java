/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The root of every error that Sandflock signals. {@code IllegalArgumentException}, {@code NullPointerException} and
 * {@code IllegalStateException} stay what they are: misuse of the API.
 *
 * <p>{@link #getMessage()} says what was given, what was expected and what to do, and ends with the
 * {@linkplain #context() ids}; {@link #reason()} is the same without the ids.
 */
public abstract sealed class SandflockException extends RuntimeException
        permits TransientException, PermanentException {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient ErrorContext context;
    private final String reason;

    SandflockException(ErrorCode code, String reason, ErrorContext context, @Nullable Throwable cause) {
        super(reason + context, cause);
        this.code = Objects.requireNonNull(code, "code");
        this.reason = reason;
        this.context = context;
    }

    /** What went wrong, for counting. */
    public ErrorCode code() {
        return code;
    }

    /** The message without the ids. */
    public String reason() {
        return reason;
    }

    /** Where it happened. */
    public ErrorContext context() {
        // Null only after deserialization: the context is not serialized.
        return Objects.requireNonNullElse(context, ErrorContext.NONE);
    }
}
