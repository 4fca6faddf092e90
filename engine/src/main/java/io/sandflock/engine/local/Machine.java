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

    /**
     * Absolute path of the shell that commands are fed to, chosen as Daytona's daemon does: the first of {@code /usr/bin/zsh},
     * {@code /bin/zsh}, {@code /usr/bin/bash}, {@code /bin/bash} that {@code /etc/shells} lists, else {@code /bin/sh}.
     */
    String shell();

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
