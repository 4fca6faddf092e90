/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.engine.local.simulated.CommandScript;
import io.sandflock.engine.testing.TestPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much of an eval {@code sandflock run} runs, and for how long. */
class SelectedSamplesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    final TestPlatform platform = TestPlatform.create()
            .simulated(options -> options.withScript(command -> command.argv().contains("for ever")
                    ? CommandScript.Result.of(0).pause(Duration.ofHours(1))
                    : CommandScript.Result.of(0).stdout("done\n")));

    @TempDir
    private Path folder;

    @BeforeEach
    void eval() throws IOException {
        Files.writeString(folder.resolve("eval.yaml"), """
                name: seven
                command: [work, "{{{input}}}"]
                score: exit_code
                samples:
                - {id: a, input: x}
                - {id: b, input: x}
                - {id: c, input: x}
                - {id: d, input: x}
                - {id: e, input: x}
                - {id: f, input: x}
                - {id: g, input: x}
                """);
    }

    @Test
    void aLimitTakesTheFirstSamples() throws IOException {
        assertThat(run("--limit", "3")).containsExactlyInAnyOrder("a 1 scored", "b 1 scored", "c 1 scored");
        assertThat(platform.platform().counters().created()).isEqualTo(3);
    }

    @Test
    void aLimitAboveTheNumberOfSamplesTakesAll() throws IOException {
        assertThat(run("--limit", "100")).hasSize(7);
    }

    @Test
    void epochsRunEachSampleSoOften() throws IOException {
        assertThat(run("--limit", "2", "--epochs", "3"))
                .containsExactlyInAnyOrder(
                        "a 1 scored", "a 2 scored", "a 3 scored", "b 1 scored", "b 2 scored", "b 3 scored");
        assertThat(platform.platform().counters().created()).isEqualTo(6);
    }

    @Test
    void theShardsTogetherHaveEachSampleOnce() throws IOException {
        List<String> all = new ArrayList<>();
        for (String shard : List.of("1/3", "2/3", "3/3")) {
            List<String> part = run("--shard", shard);
            assertThat(part).hasSizeBetween(2, 3);
            all.addAll(part);
        }
        assertThat(all)
                .containsExactlyInAnyOrder(
                        "a 1 scored",
                        "b 1 scored",
                        "c 1 scored",
                        "d 1 scored",
                        "e 1 scored",
                        "f 1 scored",
                        "g 1 scored");
    }

    @Test
    void aShardIsOfWhatTheLimitLeaves() throws IOException {
        List<String> all = new ArrayList<>(run("--limit", "4", "--shard", "1/2"));
        assertThat(all).hasSize(2);
        all.addAll(run("--limit", "4", "--shard", "2/2"));
        assertThat(all).containsExactlyInAnyOrder("a 1 scored", "b 1 scored", "c 1 scored", "d 1 scored");
    }

    @Test
    void theTimeLimitEndsASampleThatTakesLongerAsTimedOut() throws IOException {
        Files.writeString(
                folder.resolve("eval.yaml"),
                "name: slow\ncommand: [work, for ever]\nscore: exit_code\nsamples: [{id: a, input: x}]\n");
        assertThat(run("--time-limit", "300ms")).containsExactly("a 1 timed_out");
        assertThat(platform.platform().counters().live()).isZero();
    }

    @Test
    void aResumedRunRemembersWhatWasSelected() throws IOException {
        run("--limit", "2", "--epochs", "2", "--shard", "1/2", "--time-limit", "1h");
        Path run;
        try (Stream<Path> folders = Files.list(folder.resolve("runs0"))) {
            run = folders.findFirst().orElseThrow();
        }
        List<String> before = results(run);

        CommandLineRun resumed = CommandLineRun.of(hosted(), "run", "--resume", run.toString());

        assertThat(resumed.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(before).containsExactlyInAnyOrder("a 1 scored", "a 2 scored");
        assertThat(results(run)).isEqualTo(before);
        assertThat(platform.platform().counters().created()).isEqualTo(2);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "--limit, 0, at least 1",
        "--limit, -1, at least 1",
        "--limit, many, many",
        "--epochs, 0, at least 1",
        "--shard, 0/3, i/n with i from 1 to n",
        "--shard, 4/3, i/n with i from 1 to n",
        "--shard, 2, i/n with i from 1 to n",
        "--time-limit, soon, soon",
        "--time-limit, 0s, --time-limit",
        "--time-limit, -5s, --time-limit"
    })
    void whatCannotBeMeantIsRefusedBeforeAnythingIsAsked(String option, String value, String said) {
        CommandLineRun run = CommandLineRun.of(hosted(), "run", folder.toString(), option + "=" + value);

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains(option).contains(said);
        assertThat(platform.platform().counters().totalRequests()).isZero();
    }

    private int runs = 0;

    /** What its results say: sample, epoch, outcome. */
    private List<String> run(String... more) throws IOException {
        Path to = folder.resolve("runs" + runs++);
        String[] args = Stream.concat(Stream.of("run", folder.toString(), "--runs", to.toString()), Stream.of(more))
                .toArray(String[]::new);
        CommandLineRun run = CommandLineRun.of(hosted(), args);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.DONE);
        try (Stream<Path> folders = Files.list(to)) {
            return results(folders.findFirst().orElseThrow());
        }
    }

    private static List<String> results(Path run) throws IOException {
        List<String> results = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("results.ndjson"))) {
            JsonNode result = JSON.readTree(line);
            results.add(
                    result.path("sample").asText() + " " + result.path("epoch").asInt() + " "
                            + result.path("outcome").asText());
        }
        return results;
    }

    private Map<String, String> hosted() {
        return Map.of(
                "DAYTONA_API_KEY",
                platform.key(),
                "DAYTONA_API_URL",
                platform.url().toString());
    }
}
