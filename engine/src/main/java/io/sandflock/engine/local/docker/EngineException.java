/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

/** The engine refused a call. The message is the engine's own, without what was sent. */
final class EngineException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String reason;

    EngineException(String call, int status, String message) {
        super("the Docker Engine refused " + call + " with " + status + ": " + message);
        this.status = status;
        this.reason = message;
    }

    int status() {
        return status;
    }

    /** The engine's own words. */
    String reason() {
        return reason;
    }
}
