/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.ErrorCode;
import io.sandflock.SandflockException;

/** What the program's exit code says; documented in {@code sandflock --help}. */
final class ExitCode {

    /** All that was asked for was done. Wrong answers of samples are results, not failures of the program. */
    static final int DONE = 0;

    /** Done, but something went wrong that is not a sample's own fault, or something is left. */
    static final int INCOMPLETE = 1;

    /** The input was refused, and nothing was created. */
    static final int BAD_INPUT = 2;

    /** The platform could not be used: not there, wrong key, no permission, not able to. */
    static final int PLATFORM = 3;

    /** A defect of Sandflock's own. */
    static final int DEFECT = 70;

    /** {@code sandflock exec} itself failed; every other code of it is the command's. As {@code docker run} does. */
    static final int EXEC_FAILED = 125;

    /** Ended by Ctrl-C, after everything was released. 128 + SIGINT, as a shell says it. */
    static final int INTERRUPTED = 130;

    /** Ended by SIGTERM, likewise. */
    static final int TERMINATED = 143;

    private ExitCode() {}

    static int of(SandflockException e) {
        return switch (e.code()) {
            case INVALID_INPUT -> BAD_INPUT;
            case INTERNAL -> DEFECT;
            case UNAUTHORIZED, UNREACHABLE, UNSUPPORTED, NOT_FOUND, PLATFORM_ERROR, TIMEOUT, RATE_LIMITED -> PLATFORM;
            case QUOTA_EXCEEDED,
                    CONFLICT,
                    START_FAILED,
                    SERVICE_FAILED,
                    SANDBOX_UNAVAILABLE,
                    SNAPSHOT_FAILED,
                    COMMAND_TIMEOUT,
                    EXEC_FAILED,
                    FILE_ERROR,
                    LIMIT_EXCEEDED,
                    CANCELLED -> INCOMPLETE;
        };
    }

    /** Whether more than the one-line message is worth a look: only our own defects have an interesting stack trace. */
    static boolean isDefect(Throwable e) {
        return !(e instanceof SandflockException known) || known.code() == ErrorCode.INTERNAL;
    }
}
