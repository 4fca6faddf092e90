/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import org.slf4j.event.Level;

/** Chooses what is logged, and with what, before the first logger is made: so this runs before anything else. */
final class Logging {

    private static final String SIMPLE = "org.slf4j.simpleLogger.";
    private static final String PROVIDER = "slf4j.provider";
    private static final String OURS = ConsoleLog.class.getName();
    private static final String SLF4J_ITSELF = "slf4j.internal.verbosity";

    private static volatile Level chosen = Level.WARN;

    private Logging() {}

    /**
     * Warnings only; with {@code -v} what happens, with {@code -vv} every request. Settings of the user's win: who gives one of
     * slf4j-simple's gets that.
     */
    static void configure(String... args) {
        int verbosity = verbosity(args);
        chosen = verbosity == 0 ? Level.WARN : verbosity == 1 ? Level.INFO : Level.DEBUG;
        if (System.getProperty(PROVIDER) == null && !isSimpleConfigured()) {
            System.setProperty(PROVIDER, OURS);
            // It would say on standard error that it was told which provider to take.
            set(SLF4J_ITSELF, "WARN");
        }
        if (!OURS.equals(System.getProperty(PROVIDER))) {
            configureSimple(verbosity);
        }
    }

    private static void configureSimple(int verbosity) {
        set(SIMPLE + "defaultLogLevel", verbosity == 0 ? "warn" : verbosity == 1 ? "info" : "debug");
        set(SIMPLE + "showDateTime", "true");
        set(SIMPLE + "dateTimeFormat", "HH:mm:ss.SSS");
        set(SIMPLE + "showThreadName", "false");
        set(SIMPLE + "log.io.netty", "warn");
        set(SIMPLE + "log.reactor.netty", "warn");
    }

    /** From which level on {@link ConsoleLog} writes what this logger is told. */
    static Level level(String logger) {
        // Netty's and Reactor's own chatter is of no use to who runs an eval.
        boolean chatters = logger.startsWith("io.netty.") || logger.startsWith("reactor.netty.");
        return chatters ? Level.WARN : chosen;
    }

    /** Whether this asks for more of it, and for nothing else. Without a pattern: this is read before everything else, always. */
    static boolean isVerbose(String arg) {
        return arg.equals("--verbose") || isVs(arg);
    }

    private static boolean isVs(String arg) {
        if (arg.length() < 2 || arg.charAt(0) != '-') {
            return false;
        }
        for (int i = 1; i < arg.length(); i++) {
            if (arg.charAt(i) != 'v') {
                return false;
            }
        }
        return true;
    }

    private static int verbosity(String... args) {
        int verbosity = 0;
        for (String arg : args) {
            if (arg.equals("--")) {
                break;
            }
            verbosity += arg.equals("--verbose") ? 1 : isVs(arg) ? arg.length() - 1 : 0;
        }
        return verbosity;
    }

    private static boolean isSimpleConfigured() {
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith(SIMPLE)) {
                return true;
            }
        }
        return false;
    }

    private static void set(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
