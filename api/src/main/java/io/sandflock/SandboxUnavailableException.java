/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import org.jspecify.annotations.Nullable;

/**
 * The sandbox stopped, was deleted, or died. Never caused by the exit code of a command, and never a score: the sample is
 * worth another attempt on a new sandbox.
 */
public final class SandboxUnavailableException extends TransientException {

    private static final long serialVersionUID = 1L;

    private final String lastState;

    /** @param lastState the platform's last word on the sandbox, for example {@code stopped}, or {@code unknown} */
    public SandboxUnavailableException(
            String lastState, String reason, ErrorContext context, @Nullable Throwable cause) {
        super(ErrorCode.SANDBOX_UNAVAILABLE, reason + " (last state: " + lastState + ")", context, cause);
        this.lastState = lastState;
    }

    /** The last state that the platform gave, or {@code unknown}. */
    public String lastState() {
        return lastState;
    }
}
