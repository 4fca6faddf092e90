/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.util.Map;

/**
 * The program. What people ask for first, its help and version, is answered here, before a class is loaded that needs a library; everything
 * else is {@link Commands}'.
 */
public final class Main {

    private Main() {}

    /** Runs the program and ends the JVM with its exit code. */
    public static void main(String[] args) {
        Terminal terminal = Terminal.ofProcess(System.getenv());
        if (!isTold(terminal, args)) {
            int code = Commands.run(terminal, System.getenv(), args);
            // Not a return: a user's scorer or a library may have left a thread that is no daemon.
            System.exit(code);
        }
    }

    /** Runs the program; returns its exit code. */
    static int run(Terminal terminal, Map<String, String> environment, String... args) {
        return isTold(terminal, args) ? ExitCode.DONE : Commands.run(terminal, environment, args);
    }

    private static boolean isTold(Terminal terminal, String... args) {
        if (ProgramHelp.isAll(args)) {
            terminal.out().print(ProgramHelp.text(terminal.helpWidth(), terminal.colours()));
        } else if (ProgramHelp.isVersion(args)) {
            terminal.out().println(Version.line());
        } else {
            return false;
        }
        terminal.out().flush();
        return true;
    }
}
