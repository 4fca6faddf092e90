/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

/** What {@link Environment#execStream} emits: chunks of output as they are produced, then exactly one {@link Exited}. */
public sealed interface ExecEvent {

    /** A chunk of standard output, at least one byte; not to be modified. */
    record Stdout(byte[] bytes) implements ExecEvent {}

    /** A chunk of standard error, at least one byte; not to be modified. */
    record Stderr(byte[] bytes) implements ExecEvent {}

    /**
     * The command ended; always the last event.
     *
     * @param exitCode 0-255; 128 + signal for a command that a signal ended
     */
    record Exited(int exitCode) implements ExecEvent {}
}
