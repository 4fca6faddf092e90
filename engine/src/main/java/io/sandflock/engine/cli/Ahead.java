/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.engine.daytona.DaytonaPlatform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads what a command's first request needs while the command line and the eval are read: a machine has more than one core.
 */
final class Ahead {

    /** Also starts SLF4J, before there is a second thread: it warns on standard error of whoever logs meanwhile. */
    private static final Logger LOG = LoggerFactory.getLogger("sandflock.cli");

    private Ahead() {}

    /** Begins, if these arguments ask for a command that calls a platform. The logging is configured. */
    static void begin(String... args) {
        if (isWorthIt(args)) {
            Thread thread = new Thread(Ahead::load, "sandflock-ahead");
            thread.setDaemon(true);
            thread.start();
        }
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

    private static void load() {
        try {
            DaytonaPlatform.load();
        } catch (RuntimeException | LinkageError e) {
            // Whoever needs it meets the same, and tells it with what it was needed for.
            LOG.debug("what the first request needs could not be loaded ahead", e);
        }
    }
}
