/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.SandflockException;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The program. */
@Command(
        name = "sandflock",
        description = {
            "Runs AI-evaluation samples in isolated sandboxes, thousands at a time.",
            "",
            "Sandboxes are Daytona's when DAYTONA_API_KEY is set (DAYTONA_API_URL: another address than the hosted service's); "
                    + "otherwise they run on this machine, on a platform embedded in this program."
        },
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done; wrong answers of samples are results, not failures of the program",
            "1:done, but samples failed for a reason that is not their own, or sandboxes are left",
            "2:the input was refused, and nothing was created",
            "3:the platform cannot be used: not there, wrong key, not able to",
            "70:a defect of Sandflock's own",
            "125:'sandflock exec' itself failed; every other code of it is the command's",
            "130:ended by Ctrl-C (143: by SIGTERM), after everything was released"
        },
        subcommands = {
            RunCommand.class,
            ExecCommand.class,
            PlanCommand.class,
            ReportCommand.class,
            ListCommand.class,
            CleanupCommand.class,
            SnapshotCommand.class,
            LocalCommand.class,
            DoctorCommand.class,
            WarmUpCommand.class
        })
public final class Main {

    /** Read by {@link Logging} before anything else; declared here for the help and for the parser. */
    @SuppressWarnings("UnusedVariable")
    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "log what happens on standard error; twice: every request")
    private boolean[] verbose = new boolean[0];

    private Main() {}

    /** Runs the program and ends the JVM with its exit code. */
    public static void main(String[] args) {
        int code = run(Terminal.ofProcess(System.getenv()), System.getenv(), args);
        // Not a return: a user's scorer or a library may have left a thread that is no daemon.
        System.exit(code);
    }

    /** Runs the program; returns its exit code. */
    static int run(Terminal terminal, Map<String, String> environment, String... args) {
        Logging.configure(args);
        Invocation invocation = new Invocation(terminal, environment);
        CommandLine commands = new CommandLine(new Main(), new CommandFactory(invocation));
        commands.setOut(new java.io.PrintWriter(terminal.out(), true, java.nio.charset.StandardCharsets.UTF_8));
        commands.setErr(new java.io.PrintWriter(terminal.err(), true, java.nio.charset.StandardCharsets.UTF_8));
        commands.setColorScheme(CommandLine.Help.defaultColorScheme(
                terminal.colours() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
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
