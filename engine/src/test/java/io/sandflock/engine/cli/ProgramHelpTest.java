/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

class ProgramHelpTest {

    private static final int LEAST = 60;

    /** Wider than any paragraph of it. */
    private static final int MOST = 260;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private Terminal terminal(boolean live, boolean colours, int width) {
        return new Terminal(stream(out), stream(err), live, colours, width);
    }

    private static PrintStream stream(ByteArrayOutputStream to) {
        return new PrintStream(to, false, StandardCharsets.UTF_8);
    }

    private String picoclis(int width, boolean colours) {
        return ProgramLine.of(new Invocation(terminal(false, false, 80), Map.of(), Ahead.nothing()))
                .setUsageHelpWidth(width)
                .getUsageMessage(CommandLine.Help.defaultColorScheme(colours ? Ansi.ON : Ansi.OFF));
    }

    private String printed(Terminal terminal, String... args) {
        out.reset();
        assertThat(Main.run(terminal, Map.of(), args)).isEqualTo(ExitCode.DONE);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void itIsThatOfPicocliInAnyWidthAndColour() {
        for (int width = LEAST; width <= MOST; width++) {
            for (boolean colours : new boolean[] {false, true}) {
                assertThat(ProgramHelp.text(width, colours))
                        .as("%s columns, colours: %s", width, colours)
                        .isEqualTo(picoclis(width, colours));
            }
        }
    }

    @Test
    void itIsAsWideAsTheTerminal() {
        assertThat(printed(terminal(true, true, 100), "--help")).isEqualTo(picoclis(100, true));
        assertThat(printed(terminal(true, false, 20), "--help")).isEqualTo(picoclis(60, false));
        assertThat(printed(terminal(false, false, 100), "--help")).isEqualTo(picoclis(80, false));
    }

    @Test
    void itIsTheSameWhoeverPrintsIt() {
        Terminal terminal = terminal(false, false, 80);
        String byPicocli = printed(terminal, "-v", "--help");
        assertThat(printed(terminal, "--help")).isEqualTo(byPicocli);
        assertThat(printed(terminal, "-h")).isEqualTo(byPicocli);
        assertThat(err.size()).isZero();
    }

    @Test
    void theVersionIsTheSameWhoeverPrintsIt() {
        Terminal terminal = terminal(false, false, 80);
        String byPicocli = printed(terminal, "-v", "--version");
        assertThat(byPicocli).startsWith("sandflock ").contains("(Java ");
        assertThat(printed(terminal, "--version")).isEqualTo(byPicocli);
        assertThat(printed(terminal, "-V")).isEqualTo(byPicocli);
    }
}
