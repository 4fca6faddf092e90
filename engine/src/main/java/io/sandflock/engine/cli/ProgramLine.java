/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ScopeType;

/**
 * The program's own options and help. By code and not by annotations: the first that a JVM reads takes it longer than all the rest of
 * the help.
 */
final class ProgramLine {

    private static final String EXIT_CODES = """
            0:done; wrong answers of samples are results, not failures of the program
            1:done, but samples failed for a reason that is not their own, or sandboxes are left
            2:the input was refused, and nothing was created
            3:the platform cannot be used: not there, wrong key, not able to
            70:a defect of Sandflock's own
            125:'sandflock exec' itself failed; every other code of it is the command's
            130:ended by Ctrl-C (143: by SIGTERM), after everything was released
            """;

    private ProgramLine() {}

    /** For these arguments. */
    static CommandLine of(CommandFactory factory, String... args) {
        CommandSpec spec = CommandSpec.create().name("sandflock").versionProvider(new Version());
        spec.usageMessage()
                .description(
                        "Runs AI-evaluation samples in isolated sandboxes, thousands at a time.",
                        "",
                        "Sandboxes are Daytona's when DAYTONA_API_KEY is set (DAYTONA_API_URL: another address than the hosted"
                                + " service's); otherwise they run on this machine, on a platform embedded in this program.")
                .synopsisSubcommandLabel("COMMAND")
                .sortOptions(false)
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(exitCodes());
        // Read by Logging before anything else; declared here for the help and for the parser.
        spec.addOption(OptionSpec.builder("-v", "--verbose")
                .type(boolean[].class)
                .auxiliaryTypes(boolean.class)
                .arity("0")
                .scopeType(ScopeType.INHERIT)
                .description("log what happens on standard error; twice: every request")
                .build());
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help message and exit.")
                .build());
        spec.addOption(OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Print version information and exit.")
                .build());
        CommandLine program = new CommandLine(spec, factory);
        for (Subcommand each : Subcommand.values()) {
            each.addTo(program, args);
        }
        return program;
    }

    private static Map<String, String> exitCodes() {
        Map<String, String> codes = new LinkedHashMap<>();
        EXIT_CODES
                .lines()
                .forEach(
                        line -> codes.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 1)));
        return codes;
    }
}
