/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Ctrl-C and SIGTERM. The first asks the work to stop and release what it has; the second leaves at once and says how to clean up.
 */
final class Interruption {

    private final Sinks.Empty<Void> requested = Sinks.empty();
    private final AtomicInteger exitCode = new AtomicInteger();
    private final Terminal terminal;
    private final String stopping;
    private final Supplier<String> leaving;

    private Interruption(Terminal terminal, String stopping, Supplier<String> leaving) {
        this.terminal = terminal;
        this.stopping = stopping;
        this.leaving = leaving;
    }

    /**
     * @param stopping what the first signal begins, for example {@code releasing every sandbox}
     * @param leaving what to say when the program leaves at once
     */
    static Interruption watch(Terminal terminal, String stopping, Supplier<String> leaving) {
        Interruption interruption = new Interruption(terminal, stopping, leaving);
        Signals.on("INT", () -> interruption.signalled(ExitCode.INTERRUPTED));
        Signals.on("TERM", () -> interruption.signalled(ExitCode.TERMINATED));
        return interruption;
    }

    /** Completes at the first signal. */
    Mono<Void> requested() {
        return requested.asMono();
    }

    /** Whether a signal came. */
    boolean isRequested() {
        return exitCode.get() != 0;
    }

    /** The exit code of the signal that came, or {@code otherwise}. */
    int exitCodeOr(int otherwise) {
        return exitCode.get() == 0 ? otherwise : exitCode.get();
    }

    private void signalled(int code) {
        if (exitCode.compareAndSet(0, code)) {
            terminal.err().println();
            terminal.err().println("stopping: " + stopping + " (again to leave at once)");
            requested.tryEmitEmpty();
            return;
        }
        // No shutdown hook runs from here on.
        Tty.restoreAll();
        terminal.err().println(leaving.get());
        terminal.err().flush();
        Runtime.getRuntime().halt(code);
    }
}
