/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;

/**
 * How a command ended.
 *
 * @param exitCode 0-255; 128 + signal for a command that a signal ended
 * @param stdout standard output
 * @param stderr standard error
 * @param duration from the command's start to its end, measured in the sandbox; resolution: ms at best
 */
public record ExecResult(int exitCode, Output stdout, Output stderr, Duration duration) {

    /** Refuses {@code null} and exit codes out of range. */
    public ExecResult {
        if (exitCode < 0 || exitCode > 255) {
            throw new IllegalArgumentException("exitCode must be between 0 and 255, was " + exitCode);
        }
        Objects.requireNonNull(stdout, "stdout");
        Objects.requireNonNull(stderr, "stderr");
        Objects.requireNonNull(duration, "duration");
    }

    /** Whether the exit code is 0. */
    public boolean success() {
        return exitCode == 0;
    }

    /**
     * One output stream, byte for byte.
     *
     * @param bytes the newest bytes, up to the request's limit; not to be modified
     * @param size how many bytes the command wrote in all
     */
    public record Output(byte[] bytes, long size) {

        /** No output. */
        public static final Output EMPTY = new Output(new byte[0], 0);

        /** Refuses a size below the number of bytes. */
        public Output {
            if (size < bytes.length) {
                throw new IllegalArgumentException("size " + size + " is below the " + bytes.length + " bytes given");
            }
        }

        /** Whether the oldest part is missing because of the limit. */
        public boolean truncated() {
            return size > bytes.length;
        }

        /** As UTF-8, with U+FFFD for what is none. */
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        /** Size and mark only: outputs may be secret and large. */
        @Override
        public String toString() {
            return "Output[" + size + " bytes" + (truncated() ? ", truncated]" : "]");
        }
    }
}
