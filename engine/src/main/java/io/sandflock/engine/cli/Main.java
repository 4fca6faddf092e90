/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.SandflockException;
import java.util.Map;
import picocli.CommandLine;

/** The program. */
public final class Main {

    private static final int HELP_WIDTH = 80;
    private static final int LEAST_HELP_WIDTH = 60;

    private Main() {}

    /** Runs the program and ends the JVM with its exit code. */
    public static void main(String[] args) {
        int code = run(Terminal.ofProcess(System.getenv()), System.getenv(), args);
        // Not a return: a user's scorer or a library may have left a thread that is no daemon.
        System.exit(code);
    }

    /** Runs the program; returns its exit code. */
    static int run(Terminal terminal, Map<String, String> environment, String... args) {
        if (ProgramHelp.isAll(args) || ProgramHelp.isVersion(args)) {
            tell(terminal, ProgramHelp.isAll(args));
            return ExitCode.DONE;
        }
        Logging.configure(args);
        Invocation invocation = new Invocation(terminal, environment);
        CommandLine commands = ProgramLine.of(new CommandFactory(invocation), args);
        commands.setOut(new java.io.PrintWriter(terminal.out(), true, java.nio.charset.StandardCharsets.UTF_8));
        commands.setErr(new java.io.PrintWriter(terminal.err(), true, java.nio.charset.StandardCharsets.UTF_8));
        commands.setColorScheme(CommandLine.Help.defaultColorScheme(
                terminal.colours() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
        // Not picocli's own look at the terminal, which starts a program, and a JVM's console.
        commands.setUsageHelpWidth(helpWidth(terminal));
        commands.setCaseInsensitiveEnumValuesAllowed(true);
        commands.setParameterExceptionHandler((e, rejected) -> refuse(e, terminal));
        commands.setExecutionExceptionHandler((e, command, parsed) -> report(e, terminal));
        return commands.execute(args);
    }

    /** Before anything else is loaded: with the JVM's start, this is all that the help costs. */
    private static void tell(Terminal terminal, boolean help) {
        if (help) {
            terminal.out().print(ProgramHelp.text(helpWidth(terminal), terminal.colours()));
        } else {
            terminal.out().println(Version.line());
        }
        terminal.out().flush();
    }

    private static int helpWidth(Terminal terminal) {
        return terminal.live() ? Math.max(LEAST_HELP_WIDTH, terminal.width()) : HELP_WIDTH;
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
