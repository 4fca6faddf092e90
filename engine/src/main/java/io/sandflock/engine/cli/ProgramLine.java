/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ScopeType;

/**
 * The program's own options and help. By code and not by annotations: the first that a JVM reads takes it longer than all the rest of
 * the help.
 */
final class ProgramLine {

    private ProgramLine() {}

    /** For these arguments. */
    static CommandLine of(Invocation invocation, String... args) {
        CommandSpec spec = Declared.spec(null).name("sandflock").version(Version.line());
        spec.usageMessage()
                .description(ProgramHelp.DESCRIPTION)
                .synopsisSubcommandLabel("COMMAND")
                .sortOptions(false)
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(exitCodes());
        // Read by Logging before anything else; declared here for the help and for the parser.
        spec.addOption(Declared.help(ProgramHelp.VERBOSE)
                .type(boolean[].class)
                .auxiliaryTypes(boolean.class)
                .arity("0")
                .scopeType(ScopeType.INHERIT)
                .build());
        Declared.addHelp(spec);
        CommandLine program = new CommandLine(spec, new CommandFactory(invocation));
        Subcommand.addTo(program, invocation, args);
        return program;
    }

    private static Map<String, String> exitCodes() {
        Map<String, String> codes = new LinkedHashMap<>();
        for (ProgramHelp.Entry code : ProgramHelp.EXIT_CODES) {
            codes.put(code.name(), code.about());
        }
        return codes;
    }
}
