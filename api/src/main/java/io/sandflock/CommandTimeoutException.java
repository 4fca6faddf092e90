/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.time.Duration;

/** A command ran into its timeout. Its whole process tree was killed; {@link #partial()} is the output so far. */
public final class CommandTimeoutException extends PermanentException {

    private static final long serialVersionUID = 1L;

    private final Duration timeout;
    private final transient ExecResult partial;

    /** @param partial output so far; its exit code is that of the kill, 137 or 143 */
    public CommandTimeoutException(Duration timeout, ExecResult partial, ErrorContext context) {
        super(
                ErrorCode.COMMAND_TIMEOUT,
                "the command did not end within " + timeout.toMillis() + " ms and was killed",
                context);
        this.timeout = timeout;
        this.partial = partial;
    }

    /** The timeout that was given. */
    public Duration timeout() {
        return timeout;
    }

    /** What the command printed before it was killed. */
    public ExecResult partial() {
        return partial;
    }
}
