/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintStream;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

class ProgramLineTest {

    private final PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream(), false);
    private final Invocation invocation =
            new Invocation(new Terminal(nowhere, nowhere, false, false, 80), Map.of(), Ahead.nothing());

    private static UsageMessageSpec help(CommandLine program, String command) {
        return program.getSubcommands().get(command).getCommandSpec().usageMessage();
    }

    @Test
    void aCommandIsListedAsItDescribesItself() {
        CommandLine listed = ProgramLine.of(invocation);
        assertThat(listed.getSubcommands()).hasSize(Subcommand.values().length);
        for (String command : listed.getSubcommands().keySet()) {
            CommandLine read = ProgramLine.of(invocation, "-v", command, "--help");
            assertThat(help(listed, command).description()[0])
                    .as(command)
                    .isEqualTo(help(read, command).description()[0]);
            assertThat(help(listed, command).hidden())
                    .as(command)
                    .isEqualTo(help(read, command).hidden());
            assertThat(read.getSubcommands().get(command).<Object>getCommand())
                    .as("what does %s", command)
                    .isNotNull();
        }
    }

    @Test
    void aCommandThatComesFirstIsTheOnlyOneThatIsKnown() {
        assertThat(ProgramLine.of(invocation, "run", "list").getSubcommands()).containsOnlyKeys("run");
        assertThat(ProgramLine.of(invocation, "-vv", "--verbose", "exec").getSubcommands())
                .containsOnlyKeys("exec");
    }

    @Test
    void allAreKnownWhereTheProgramItselfIsAsked() {
        for (String[] args : new String[][] {{}, {"-v", "--help"}, {"--help", "run"}, {"rum"}, {"-x", "run"}}) {
            assertThat(ProgramLine.of(invocation, args).getSubcommands())
                    .as(String.join(" ", args))
                    .hasSize(Subcommand.values().length);
        }
    }

    @Test
    void aCommandsHelpIsTheSameWhateverElseIsKnown() {
        for (Subcommand command : Subcommand.values()) {
            CommandLine alone = ProgramLine.of(invocation, command.words());
            CommandLine amongAll = ProgramLine.of(invocation, "-x", command.words());
            assertThat(alone.getSubcommands().get(command.words()).getUsageMessage())
                    .as(command.words())
                    .isEqualTo(amongAll.getSubcommands().get(command.words()).getUsageMessage());
        }
    }
}
