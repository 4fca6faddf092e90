/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.testing.TestPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class AheadTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    @RegisterExtension
    final TestPlatform platform = TestPlatform.create().simulated(options -> options);

    @TempDir
    private Path folder;

    @Test
    void whatCallsAPlatformIsWorthLoadingAheadFor() {
        for (String command : List.of("run", "exec", "list", "cleanup", "snapshot", "doctor")) {
            assertThat(Ahead.isWorthIt(command)).as(command).isTrue();
            assertThat(Ahead.isWorthIt("-v", command, "x"))
                    .as("-v %s x", command)
                    .isTrue();
        }
    }

    @Test
    void nothingElseIs() {
        for (String command : List.of("plan", "report", "local", "warm-up", "no-command")) {
            assertThat(Ahead.isWorthIt(command)).as(command).isFalse();
        }
        assertThat(Ahead.isWorthIt()).isFalse();
        assertThat(Ahead.isWorthIt("run", "--help")).isFalse();
        assertThat(Ahead.isWorthIt("--json", "run", "-h")).isFalse();
    }

    @Test
    void aRunAsksThePlatformOnceWhatItIs() throws IOException {
        Files.writeString(folder.resolve("eval.yaml"), """
                name: one
                samples: [{id: one, input: x}]
                command: ["true"]
                score: exit_code
                """);

        run(folder);

        assertThat(platform.platform().counters().created()).isEqualTo(1);
        assertThat(platform.platform().counters().requests("config")).isEqualTo(1);
    }

    @Test
    void anEvalThatIsRefusedIsRefusedBeforeAnythingIsAsked() {
        CommandLineRun run = run(folder.resolve("no-eval"));

        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).doesNotContain("platform:");
        assertThat(platform.platform().counters().totalRequests()).isZero();
    }

    @Test
    void anAnswerIsGoodOnce() {
        AskedPlatform asked = AskedPlatform.create(settings());
        try {
            asked.ask();
            assertThat(asked.info().block(SOON)).isNotNull();
            assertThat(platform.platform().counters().requests("config")).isEqualTo(1);
            assertThat(asked.info().block(SOON)).isNotNull();
            assertThat(platform.platform().counters().requests("config")).isEqualTo(2);
        } finally {
            asked.closeLater().block(SOON);
        }
    }

    @Test
    void whatIsAskedForIsMadeWhereNothingOrAnotherWasBegun() {
        Map<String, String> elsewhere = Map.of("DAYTONA_API_KEY", "key", "DAYTONA_API_URL", "http://localhost:1/api");
        for (Ahead ahead : List.of(Ahead.nothing(), Ahead.begin(elsewhere, "run"), Ahead.begin(Map.of(), "run"))) {
            try (ahead) {
                ahead.ask(settings());
                var made = ahead.platform(settings());
                assertThat(made.info().block(SOON)).isNotNull();
                made.closeLater().block(SOON);
            }
        }
        assertThat(platform.platform().counters().requests("config")).isEqualTo(3);
    }

    private DaytonaSettings settings() {
        LocalPlatform there = platform.platform();
        return DaytonaSettings.of(there.key()).withUrl(there.url());
    }

    private CommandLineRun run(Path eval) {
        LocalPlatform there = platform.platform();
        Map<String, String> environment = Map.of(
                "DAYTONA_API_URL", there.url().toString(),
                "DAYTONA_API_KEY", there.key().reveal());
        return CommandLineRun.of(
                environment,
                "run",
                eval.toString(),
                "--runs",
                folder.resolve("runs").toString());
    }
}
