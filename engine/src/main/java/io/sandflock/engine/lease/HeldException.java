/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.TransientException;

/**
 * The platform has no room for another sandbox now: a rate limit or a used-up quota. Nothing was created and nothing failed:
 * the sample is held until there is room.
 */
public final class HeldException extends TransientException {

    private static final long serialVersionUID = 1L;

    private final String unused;

    /**
     * Nothing was asked for.
     *
     * @param refusal why not
     */
    public HeldException(TransientException refusal) {
        this(refusal, "");
    }

    /**
     * @param refusal the platform's refusal
     * @param unused the name of the sandbox that it refused
     */
    HeldException(TransientException refusal, String unused) {
        super(
                refusal.code(),
                refusal.reason(),
                refusal.context(),
                refusal.retryAfter().orElse(null),
                refusal);
        this.unused = unused;
    }

    /** The name of the sandbox that was refused; empty when none was asked for. */
    public String unused() {
        return unused;
    }
}
