/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.engine.exec.ShellToolbox.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** An environment on bash with everything that a test wants to turn or to look at. */
final class Bench {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    final Path workDir = ShellToolbox.temporaryFolder();
    final ScriptedSandboxes sandboxes = new ScriptedSandboxes();
    final ShellToolbox toolbox;
    final ToolboxEnvironment environment;

    Bench() {
        this(() -> Fault.NONE, ExecSettings.DEFAULT);
    }

    Bench(Supplier<Fault> faults, ExecSettings settings) {
        toolbox = new ShellToolbox(List.of("/bin/bash"), workDir, Map.of(), faults);
        environment = ToolboxEnvironment.create("default", "sb-1", toolbox, sandboxes, settings, new Random());
    }

    static ExecSettings hasty() {
        return ExecSettings.DEFAULT.withRecovery(Duration.ofSeconds(30), Duration.ofMillis(5));
    }

    /** A named pipe in the working directory. */
    Bench fifo(String name) {
        try {
            int exit = new ProcessBuilder("mkfifo", workDir.resolve(name).toString())
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IllegalStateException("mkfifo: " + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return this;
    }

    /** Writes into a named pipe; waits for its reader. */
    Mono<Void> tell(String fifo, String text) {
        return Mono.fromCallable(() -> Files.writeString(workDir.resolve(fifo), text))
                .subscribeOn(Schedulers.boundedElastic())
                .then();
    }

    /** Reads all of a named pipe; waits for its writer. */
    Mono<String> hear(String fifo) {
        return Mono.fromCallable(() -> Files.readString(workDir.resolve(fifo)))
                .subscribeOn(Schedulers.boundedElastic());
    }

    List<String> lines(String file) {
        try {
            return Files.readAllLines(workDir.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean exists(String file) {
        return Files.exists(workDir.resolve(file));
    }
}
