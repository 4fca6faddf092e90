/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import reactor.core.publisher.Mono;

/** A sandbox's machine. All methods are cold. */
public interface Machine {

    /** Working directory of commands that name none. */
    String workDir();

    /** The user's home directory. */
    String homeDir();

    /** Starts a process; emits once it runs. Errors with {@link SpawnException} when it cannot be started. */
    Mono<MachineProcess> spawn(ProcessSpec spec);

    /** The machine's files, as its user sees them. */
    MachineFiles files();

    /** Kills all processes; the files stay. */
    Mono<Void> stop();

    /** Starts a stopped machine. */
    Mono<Void> start();

    /** Kills all processes and deletes all files. Idempotent; cannot be cancelled half-way. */
    Mono<Void> destroy();

    /** Completes when the machine died without having been stopped. */
    Mono<Void> died();
}
