/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.simulated.CommandScript;
import io.sandflock.engine.run.JournalReader;
import io.sandflock.engine.testing.TestPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs that are stopped in their middle: the program in a JVM of its own, ended by signals. */
@Timeout(150)
class StoppedRunTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    final TestPlatform platform = TestPlatform.create()
            .simulated(options -> options.withScript(command ->
                    CommandScript.Result.of(0).pause(Duration.ofMillis(100)).stdout("1")));

    @TempDir
    private Path folder;

    private ChildRun run = new ChildRun(Path.of("/nowhere"));

    @AfterEach
    void endChildren() {
        run.endAll();
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void aSignalReleasesEverySandboxAndSaysWhatWasDone(String signal, int exitCode)
            throws IOException, InterruptedException {
        assumeSandboxes();
        run = new ChildRun(folder);
        List<String> mounts = ChildRun.mounts();
        Process child = run.start(Map.of(), run.eval());
        run.awaitResults(10);
        List<String> instances = run.state();
        ChildRun.signal(child, signal);

        assertThat(ChildRun.end(child)).isEqualTo(exitCode);

        Set<String> samples = new HashSet<>();
        int done = 0;
        for (String line : run.results()) {
            JsonNode result = JSON.readTree(line);
            assertThat(samples.add(result.path("sample").asText())).isTrue();
            done += result.path("outcome").asText().equals("cancelled") ? 0 : 1;
        }
        assertThat(samples).hasSize(ChildRun.SAMPLES);
        assertThat(done).isBetween(10, ChildRun.SAMPLES - 1);
        assertThat(run.said())
                .contains("stopping: no new samples")
                .contains("stopped: " + done + " of " + ChildRun.SAMPLES
                        + " samples done, every sandbox released, results: " + run.path("results.ndjson"))
                .doesNotContain("defect");
        JsonNode summary = JSON.readTree(run.file("summary.json"));
        assertThat(summary.path("outcomes").path("cancelled").asInt()).isEqualTo(ChildRun.SAMPLES - done);
        assertThat(summary.path("left_over_count").asInt(-1)).isZero();
        assertThat(JournalReader.open(run.path("journal.ndjson"))).isEmpty();
        assertNothingIsLeft(run, instances, mounts);
    }

    @Test
    void whatAKilledRunLeftIsGoneAfterACleanup() throws IOException, InterruptedException {
        assumeSandboxes();
        run = new ChildRun(folder);
        List<String> mounts = ChildRun.mounts();
        Process child = run.start(Map.of(), run.eval());
        run.awaitResults(10);
        List<String> instances = run.state();
        ChildRun.signal(child, "KILL");
        assertThat(ChildRun.end(child)).isEqualTo(137);
        List<JsonNode> journal = new ArrayList<>();
        JournalReader.read(run.path("journal.ndjson"), journal::add);
        assertThat(journal).hasSizeGreaterThan(30);
        assertThat(JournalReader.open(run.path("journal.ndjson"))).hasSizeBetween(1, 16);
        assertThat(instances).isNotEmpty().isEqualTo(run.state());

        Process cleanup = run.start(Map.of(), List.of("cleanup", "--yes"));

        assertThat(ChildRun.end(cleanup)).isZero();
        assertThat(run.said()).contains("0 sandboxes left");
        assertNothingIsLeft(run, instances, mounts);
    }

    @Test
    void aKilledRunGoesOnWhereItWas() throws IOException, InterruptedException {
        run = new ChildRun(folder);
        Process child = run.start(hosted(), run.eval());
        run.awaitResults(10);
        ChildRun.signal(child, "KILL");
        assertThat(ChildRun.end(child)).isEqualTo(137);
        List<String> before = run.results();
        String id = JSON.readTree(run.file("run.json")).path("run_id").asText();
        assertThat(platform.platform().counters().live()).isPositive();

        Process resumed =
                run.start(hosted(), List.of("run", "--resume", run.path("").toString()));
        run.awaitResults(before.size() + 1);
        // While it is under way nobody else can.
        CommandLineRun second =
                CommandLineRun.of(hosted(), "run", "--resume", run.path("").toString());

        assertThat(second.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(second.err())
                .contains("another process writes to this run's folder (process " + resumed.pid() + ")");
        assertThat(ChildRun.end(resumed)).as(run.said()).isZero();
        assertThat(run.results()).hasSize(ChildRun.SAMPLES).startsWith(before.toArray(String[]::new));
        Set<String> samples = new HashSet<>();
        for (String line : run.results()) {
            JsonNode result = JSON.readTree(line);
            assertThat(samples.add(result.path("sample").asText())).isTrue();
            assertThat(result.path("outcome").asText()).isEqualTo("scored");
        }
        assertThat(run.said()).contains("run " + id + ": 120 samples").contains("resumed: ");
        JsonNode summary = JSON.readTree(run.file("summary.json"));
        assertThat(summary.path("outcomes").path("scored").asInt()).isEqualTo(ChildRun.SAMPLES);
        assertThat(summary.path("left_over_count").asInt(-1)).isZero();
        assertThat(JournalReader.open(run.path("journal.ndjson"))).isEmpty();
        platform.substrate()
                .runs()
                .forEach((execution, times) -> assertThat(times).isEqualTo(1));
    }

    @Test
    void aRunThatIsKilledOnThisMachineGoesOnToo() throws IOException, InterruptedException {
        assumeSandboxes();
        run = new ChildRun(folder);
        List<String> mounts = ChildRun.mounts();
        Process child = run.start(Map.of(), run.eval());
        run.awaitResults(10);
        List<String> instances = run.state();
        ChildRun.signal(child, "KILL");
        assertThat(ChildRun.end(child)).isEqualTo(137);

        Process resumed =
                run.start(Map.of(), List.of("run", "--resume", run.path("").toString()));

        assertThat(ChildRun.end(resumed)).as(run.said()).isZero();
        assertThat(run.results()).hasSize(ChildRun.SAMPLES);
        assertThat(JournalReader.open(run.path("journal.ndjson"))).isEmpty();
        assertNothingIsLeft(run, instances, mounts);
    }

    @Test
    void aSecondSignalLeavesAtOnceAndSaysHowToCleanUp() throws IOException, InterruptedException {
        assumeTrue(listensToSignals(), "the shell that started this made it deaf to SIGINT");
        platform.mayLeaveSandboxes();
        run = new ChildRun(folder);
        Process child = run.start(hosted(), run.eval());
        run.awaitResults(10);
        // No delete is ever accepted from now on, so that the release goes on until the second signal.
        platform.faults().share(1, 1, "sandbox.delete", new Fault.Refusal(409, "Sandbox state change in progress"));
        ChildRun.signal(child, "INT");
        run.awaitSaid("stopping: no new samples");
        ChildRun.signal(child, "INT");

        assertThat(ChildRun.end(child)).isEqualTo(130);

        assertThat(run.said())
                .contains("left at once; remove what is left with: sandflock cleanup")
                .doesNotContain("stopped:");
        platform.faults().clear();
        CommandLineRun cleanup = CommandLineRun.of(hosted(), "cleanup", "--yes");
        assertThat(cleanup.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(cleanup.err()).contains(" deleted, 0 left");
    }

    @Test
    void sandboxesThatThePlatformDoesNotDeleteAreNamedAndTheExitCodeSaysSo() throws IOException {
        platform.mayLeaveSandboxes();
        platform.mayLeaveTheDocuments();
        platform.faults().share(1, 1, "sandbox.delete", new Fault.Refusal(403, "Forbidden resource"));
        platform.faults().share(1, 1, "sandbox.stop", new Fault.Refusal(403, "Forbidden resource"));
        Path eval = Files.writeString(
                folder.resolve("eval.yaml"),
                "{name: left, command: [x], score: exact, samples: [{id: a, input: x, target: '1'}]}");

        CommandLineRun refused = CommandLineRun.of(
                hosted(),
                "run",
                eval.toString(),
                "--runs",
                folder.resolve("runs").toString());

        assertThat(refused.exitCode()).isEqualTo(ExitCode.INCOMPLETE);
        assertThat(refused.err())
                .contains("1 sandbox is left: inspect-left-a-")
                .contains("the key may neither delete nor stop it")
                .doesNotContain("\tat ");
    }

    private static void assertNothingIsLeft(ChildRun run, List<String> instances, List<String> mounts)
            throws IOException {
        assertThat(run.state()).isEmpty();
        assertThat(ChildRun.processes(instances)).isZero();
        assertThat(ChildRun.mounts()).isEqualTo(mounts);
    }

    private static void assumeSandboxes() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "sandboxes on the host need root here");
        assumeTrue(listensToSignals(), "the shell that started this made it deaf to SIGINT");
    }

    /** A JVM leaves SIGINT ignored when it was started so, and that is inherited: a shell does it to what it starts with an &. */
    private static boolean listensToSignals() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .noneMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 0b10) != 0);
    }

    private Map<String, String> hosted() {
        return Map.of(
                "DAYTONA_API_KEY",
                platform.key(),
                "DAYTONA_API_URL",
                platform.url().toString());
    }
}
