/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Outcome;
import io.sandflock.RunEvent;
import io.sandflock.SampleResult;
import io.sandflock.Score;
import io.sandflock.Stage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PrintingTest {

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final AtomicLong nanos = new AtomicLong(1);

    @Test
    void columnsOfTextStandLeftAndColumnsOfNumbersRight() {
        Table table = new Table("name", ">count").row("a", 1).row("longer", 100);

        assertThat(table.lines()).containsExactly("name    count", "a           1", "longer    100");
    }

    @Test
    void aControlCharacterInANameNeverReachesTheTerminal() {
        assertThat(new Table("name").row("x\u001b[2Jy\r").lines()).noneMatch(line -> line.contains("\u001b"));
    }

    @Test
    void durationsCarryTheirUnit() {
        assertThat(Text.of(Duration.ofMillis(850))).isEqualTo("850 ms");
        assertThat(Text.of(Duration.ofMillis(4_250))).isEqualTo("4.3 s");
        assertThat(Text.of(Duration.ofSeconds(185))).isEqualTo("3m 05s");
        assertThat(Text.of(Duration.ofMinutes(124))).isEqualTo("2h 04m");
    }

    @Test
    void aTerminalGetsOneLineThatIsWrittenAgain() {
        Progress progress = progress(true);

        progress.accept(new RunEvent.Started("abc", 2, Optional.empty()));
        later(Duration.ofSeconds(1));
        progress.accept(new RunEvent.StageEntered("s", 1, 1, Stage.CREATE));
        later(Duration.ofSeconds(1));
        progress.accept(new RunEvent.Finished(result("s")));

        assertThat(printed()).contains("\r\u001b[2K0/2 done  1 running").contains("\r\u001b[2K1/2 done  0 running");
        assertThat(printed()).contains("0.5/s  2.0 s left");
    }

    @Test
    void aPipeGetsPlainLinesNowAndThen() {
        Progress progress = progress(false);

        progress.accept(new RunEvent.Started("abc", 1_000, Optional.empty()));
        for (int i = 0; i < 100; i++) {
            later(Duration.ofMillis(250));
            progress.accept(new RunEvent.Finished(result("s" + i)));
        }

        assertThat(printed()).doesNotContain("\u001b").doesNotContain("\r");
        assertThat(printed().lines().filter(line -> line.contains("/1000 done")))
                .hasSize(2);
    }

    @Test
    void coloursNeedATerminalAndNobodyWhoMinds() {
        Map<String, String> terminal = Map.of("SANDFLOCK_TTY", "012", "TERM", "xterm");

        assertThat(Terminal.ofProcess(terminal).colours()).isTrue();
        assertThat(Terminal.ofProcess(Map.of("SANDFLOCK_TTY", "012", "NO_COLOR", "1"))
                        .colours())
                .isFalse();
        assertThat(Terminal.ofProcess(Map.of("SANDFLOCK_TTY", "02")).colours()).isFalse();
        assertThat(Terminal.ofProcess(Map.of("SANDFLOCK_TTY", "012", "TERM", "dumb"))
                        .live())
                .isFalse();
    }

    private Progress progress(boolean live) {
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        return new Progress(new Terminal(stream, stream, live, false, 120), nanos::get, () -> 3);
    }

    private void later(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private String printed() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private static SampleResult result(String id) {
        return new SampleResult(
                id,
                1,
                new Outcome.Scored(Score.of(1)),
                Map.of(),
                OptionalInt.of(0),
                List.of(),
                3,
                Duration.ofSeconds(1),
                Instant.EPOCH);
    }
}
