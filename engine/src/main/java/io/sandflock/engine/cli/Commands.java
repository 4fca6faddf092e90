/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.SandflockException;
import java.util.Map;
import picocli.CommandLine;

/** What the program does for its commands, as picocli reads them. */
final class Commands {

    private Commands() {}

    /** Runs the command that is asked for; returns its exit code. */
    static int run(Terminal terminal, Map<String, String> environment, String... args) {
        Logging.configure(args);
        try (Ahead ahead = Ahead.begin(environment, args)) {
            return run(new Invocation(terminal, environment, ahead), args);
        }
    }

    private static int run(Invocation invocation, String... args) {
        Terminal terminal = invocation.terminal();
        CommandLine commands = ProgramLine.of(invocation, args);
        commands.setOut(new java.io.PrintWriter(terminal.out(), true, java.nio.charset.StandardCharsets.UTF_8));
        commands.setErr(new java.io.PrintWriter(terminal.err(), true, java.nio.charset.StandardCharsets.UTF_8));
        commands.setColorScheme(CommandLine.Help.defaultColorScheme(
                terminal.colours() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
        // Not picocli's own look at the terminal, which starts a program, and a JVM's console.
        commands.setUsageHelpWidth(terminal.helpWidth());
        commands.setCaseInsensitiveEnumValuesAllowed(true);
        commands.setParameterExceptionHandler((e, rejected) -> refuse(e, terminal));
        commands.setExecutionExceptionHandler((e, command, parsed) -> report(e, terminal));
        return commands.execute(args);
    }

    private static int refuse(CommandLine.ParameterException e, Terminal terminal) {
        terminal.err().println(terminal.red("error") + " " + Table.printable(String.valueOf(e.getMessage())));
        terminal.err().println("see: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        return ExitCode.BAD_INPUT;
    }

    private static int report(Exception e, Terminal terminal) {
        if (e instanceof SandflockException known && !ExitCode.isDefect(known)) {
            for (String line : String.valueOf(known.getMessage()).split("\n", -1)) {
                terminal.err().println(terminal.red("error") + " " + Table.printable(line));
            }
            return ExitCode.of(known);
        }
        terminal.err()
                .println(terminal.red("defect") + " this should not have happened; please report it with what follows");
        e.printStackTrace(terminal.err());
        return ExitCode.DEFECT;
    }
}
