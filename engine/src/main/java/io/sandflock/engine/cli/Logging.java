/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.util.Arrays;

/** Configures slf4j-simple, which reads these properties when the first logger is made: so this runs before anything else. */
final class Logging {

    private Logging() {}

    /** Warnings only; with {@code -v} what happens, with {@code -vv} every request. Settings of the user's win. */
    static void configure(String... args) {
        long verbosity = Arrays.stream(args)
                .takeWhile(arg -> !arg.equals("--"))
                .filter(Logging::isVerbose)
                .mapToLong(arg -> arg.equals("--verbose") ? 1 : arg.length() - 1)
                .sum();
        set("defaultLogLevel", verbosity == 0 ? "warn" : verbosity == 1 ? "info" : "debug");
        set("showDateTime", "true");
        set("dateTimeFormat", "HH:mm:ss.SSS");
        set("showThreadName", "false");
        // Netty's and Reactor's own chatter is of no use to who runs an eval.
        set("log.io.netty", "warn");
        set("log.reactor.netty", "warn");
    }

    /** Whether this asks for more of it, and for nothing else. */
    static boolean isVerbose(String arg) {
        return arg.equals("--verbose") || arg.matches("-v+");
    }

    private static void set(String name, String value) {
        String property = "org.slf4j.simpleLogger." + name;
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
