/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.Secret;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.platform.Platform;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads what a command's first request needs while the command line and the eval are read, and makes that request while the engine is built: a
 * machine has more than one core. Not thread-safe but for the thread that it starts.
 */
final class Ahead implements AutoCloseable {

    /** Also starts SLF4J, before there is a second thread: it warns on standard error of whoever logs meanwhile. */
    private static final Logger LOG = LoggerFactory.getLogger("sandflock.cli");

    /** Where nothing hosted is called: loads the same, and is never used. */
    private static final DaytonaSettings NOWHERE =
            DaytonaSettings.of(Secret.of("none")).withUrl(URI.create("http://localhost"));

    private final CompletableFuture<Optional<AskedPlatform>> made = new CompletableFuture<>();

    private boolean taken = false;

    private Ahead() {}

    /** Nothing is begun; what is needed is made when it is. */
    static Ahead nothing() {
        Ahead ahead = new Ahead();
        ahead.made.complete(Optional.empty());
        return ahead;
    }

    /** Begins, if these arguments ask for a command that calls a platform. The logging is configured. */
    static Ahead begin(Map<String, String> environment, String... args) {
        if (!isWorthIt(args)) {
            return nothing();
        }
        Ahead ahead = new Ahead();
        Thread thread = new Thread(() -> ahead.load(environment), "sandflock-ahead");
        thread.setDaemon(true);
        thread.start();
        return ahead;
    }

    /** Not for a command's help. */
    static boolean isWorthIt(String... args) {
        String command = "";
        for (String arg : args) {
            if (arg.equals("--help") || arg.equals("-h")) {
                return false;
            }
            command = command.isEmpty() && !arg.startsWith("-") ? arg : command;
        }
        return Subcommand.callsPlatform(command);
    }

    /** Asks this platform what it is, as soon as it can be asked: the first thing that an engine does. Does not wait. */
    void ask(DaytonaSettings settings) {
        CompletableFuture<Void> ignored = made.thenAccept(
                asked -> asked.filter(one -> one.isFor(settings)).ifPresent(AskedPlatform::ask));
    }

    /** The client of this platform, to be closed by whoever takes it. Waits for what was begun. */
    Platform platform(DaytonaSettings settings) {
        Optional<AskedPlatform> mine = made.join().filter(one -> !taken && one.isFor(settings));
        taken |= mine.isPresent();
        // Ready before it is used further; on the other thread it may be at work still.
        DaytonaPlatform.prepare();
        return mine.isPresent() ? mine.get() : DaytonaPlatform.create(settings);
    }

    /** Closes what was asked and nobody took. Waits for that, and not for what is being loaded still: it has nothing to be closed. */
    @Override
    public void close() {
        if (!taken && made.isDone()) {
            made.join().filter(AskedPlatform::isAsked).ifPresent(platform -> Session.await(platform.closeLater()));
        }
    }

    private void load(Map<String, String> environment) {
        try {
            DaytonaSettings settings = PlatformOptions.hostedBy(environment).orElse(NOWHERE);
            made.complete(Optional.of(AskedPlatform.create(settings)));
            DaytonaPlatform.prepare();
        } catch (RuntimeException | LinkageError e) {
            // Whoever needs it meets the same, and tells it with what it was needed for.
            LOG.debug("what the first request needs could not be loaded ahead", e);
        } finally {
            made.complete(Optional.empty());
        }
    }
}
