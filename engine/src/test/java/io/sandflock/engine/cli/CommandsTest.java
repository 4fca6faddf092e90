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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the commands do and print, on the simulated substrate. */
class CommandsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    final TestPlatform platform = TestPlatform.create()
            .simulated(options -> options.withScript(CommandScript.prints("hello from a sandbox\n")));

    @TempDir
    private Path folder;

    @Test
    void runPrintsASummaryAndLeavesNothing() throws IOException {
        CommandLineRun run = run("--max-sandboxes", "2");

        assertThat(run.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(run.out()).contains("scored").contains("mean score 1.000").contains("0 sandboxes left");
        assertThat(platform.platform().counters().created()).isEqualTo(3);
        assertThat(platform.platform().counters().live()).isZero();
    }

    @Test
    void runPrintsItsSummaryAsJson() throws IOException {
        CommandLineRun run = run("--json");

        JsonNode summary = JSON.readTree(run.out());
        assertThat(summary.path("total").asInt()).isEqualTo(3);
        assertThat(summary.path("outcomes").path("scored").asInt()).isEqualTo(3);
        assertThat(summary.path("leftOver")).isEmpty();
        assertThat(Path.of(summary.path("folder").asText()).resolve("results.ndjson"))
                .isRegularFile();
    }

    @Test
    void noCleanupLeavesTheSandboxesForCleanupToFind() throws IOException {
        platform.mayLeaveSandboxes();

        CommandLineRun run = run("--no-cleanup");
        CommandLineRun list = CommandLineRun.of(hosted(), "list", "--json");
        CommandLineRun dry = CommandLineRun.of(hosted(), "cleanup", "--dry-run");
        int afterDry = platform.platform().counters().live();
        CommandLineRun cleanup = CommandLineRun.of(hosted(), "cleanup", "--yes");

        assertThat(run.out()).contains("3 left").contains("sandflock cleanup --run");
        assertThat(JSON.readTree(list.out())).hasSize(3);
        assertThat(dry.err()).contains("3 sandboxes would be deleted");
        assertThat(afterDry).isEqualTo(3);
        assertThat(cleanup.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(cleanup.err()).contains("3 sandboxes deleted, 0 left");
        assertThat(platform.platform().counters().live()).isZero();
    }

    @Test
    void reportShowsARunOfItsFolder() throws IOException {
        run();
        Path runs = folder.resolve("runs");
        Path run;
        try (var folders = Files.list(runs)) {
            run = folders.findFirst().orElseThrow();
        }

        CommandLineRun report = CommandLineRun.of("report", run.toString(), "--slowest", "2");
        CommandLineRun json = CommandLineRun.of("report", run.toString(), "--json");
        CommandLineRun none = CommandLineRun.of("report", runs.toString());

        assertThat(report.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(report.out())
                .contains("of greeting, started ")
                .contains("3 samples in ")
                .contains("slowest")
                .contains("command")
                .contains("0 sandboxes left")
                .doesNotContain("not ended");
        JsonNode document = JSON.readTree(json.out());
        assertThat(document.path("total").asInt()).isEqualTo(3);
        assertThat(document.path("ended").asBoolean()).isTrue();
        assertThat(document.path("slowest")).hasSize(3);
        assertThat(document.path("outcomes"))
                .isEqualTo(JSON.readTree(Files.readString(run.resolve("summary.json")))
                        .path("outcomes"));
        assertThat(none.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(none.err()).contains("has no run.json");
    }

    @Test
    void reportOfARunThatDidNotEndSaysHowToGoOn() throws IOException {
        run();
        Path run;
        try (var folders = Files.list(folder.resolve("runs"))) {
            run = folders.findFirst().orElseThrow();
        }
        List<String> journal = Files.readAllLines(run.resolve("journal.ndjson"));
        Files.write(run.resolve("journal.ndjson"), journal.subList(0, journal.size() - 1));
        String results = Files.readString(run.resolve("results.ndjson"));
        Files.writeString(run.resolve("results.ndjson"), results.substring(0, results.length() - 40));

        CommandLineRun report = CommandLineRun.of("report", run.toString());

        assertThat(report.out())
                .contains("not ended: 1 sample without a result")
                .contains("--resume " + run);
        assertThat(Files.readString(run.resolve("results.ndjson"))).hasSize(results.length() - 40);
    }

    @Test
    void toleranceIsANumberAShareOrNever() {
        assertThat(Tolerance.parse("--fail-on-error", "3", 50)).contains(3);
        assertThat(Tolerance.parse("--fail-on-error", "5%", 50)).contains(2);
        assertThat(Tolerance.parse("--fail-on-error", "0.1", 50)).contains(5);
        assertThat(Tolerance.parse("--fail-on-error", "100%", 50)).contains(50);
        assertThat(Tolerance.parse("--fail-on-error", "never", 50)).isEmpty();
        for (String wrong : List.of("-1", "101%", "1.5", "half", "", "%", ".")) {
            CommandLineRun run = CommandLineRun.of(hosted(), "run", folder.toString(), "--fail-on-error", wrong);
            assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        }
    }

    @Test
    void cleanupAsksAndDoesNothingWhenNobodyIsThere() throws IOException {
        platform.mayLeaveSandboxes();
        run("--no-cleanup");

        CommandLineRun cleanup = CommandLineRun.of(hosted(), "cleanup");

        assertThat(cleanup.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(cleanup.err()).contains("--yes");
        assertThat(platform.platform().counters().live()).isEqualTo(3);
    }

    @Test
    void cleanupOfWhatIsExpiredLeavesWhatIsInUse() throws IOException {
        platform.mayLeaveSandboxes();
        run("--no-cleanup");

        CommandLineRun cleanup = CommandLineRun.of(hosted(), "cleanup", "--expired", "--yes");
        CommandLineRun both = CommandLineRun.of(hosted(), "cleanup", "some-id", "--expired", "--yes");

        assertThat(cleanup.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(cleanup.err()).contains("0 sandboxes left");
        assertThat(platform.platform().counters().live()).isEqualTo(3);
        assertThat(both.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(both.err()).contains("--expired");
    }

    @Test
    void cleanupLeavesOtherPeoplesSandboxesAlone() throws IOException {
        platform.mayLeaveSandboxes();
        run("--no-cleanup");
        Map<String, String> other = Map.of(
                "DAYTONA_API_KEY", platform.key(),
                "DAYTONA_API_URL", platform.url().toString(),
                "SANDFLOCK_OWNER", "somebody-else");

        CommandLineRun cleanup = CommandLineRun.of(other, "cleanup", "--yes");

        assertThat(cleanup.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(platform.platform().counters().live()).isEqualTo(3);
    }

    @Test
    void execPrintsTheCommandsOutputAndNothingElseOnStandardOutput() {
        CommandLineRun exec = CommandLineRun.of(hosted(), "exec", "--", "anything");

        assertThat(exec.exitCode()).isZero();
        assertThat(exec.out()).isEqualTo("hello from a sandbox\n");
        assertThat(exec.err()).contains("platform:");
    }

    @Test
    void execInASandboxThatExistsRunsThereAndLeavesIt() throws IOException {
        platform.mayLeaveSandboxes();
        run("--no-cleanup");
        JsonNode left =
                JSON.readTree(CommandLineRun.of(hosted(), "list", "--json").out());
        String id = left.get(0).path("id").asText();

        CommandLineRun byId = CommandLineRun.of(hosted(), "exec", "--sandbox", id, "--", "anything");
        CommandLineRun byName = CommandLineRun.of(
                hosted(), "exec", "--sandbox", left.get(0).path("name").asText(), "--", "anything");
        CommandLineRun shell = CommandLineRun.of(hosted(), "exec", "--sandbox", id, "--ssh");
        int live = platform.platform().counters().live();
        CommandLineRun.of(hosted(), "cleanup", "--yes");

        assertThat(byId.exitCode()).isZero();
        assertThat(byId.out()).isEqualTo("hello from a sandbox\n");
        assertThat(byName.out()).isEqualTo("hello from a sandbox\n");
        assertThat(live).isEqualTo(3);
        // The embedded platform has no SSH; it has terminals.
        assertThat(shell.exitCode()).isZero();
        assertThat(shell.out()).isEqualTo("sandflock exec -it --sandbox " + id + "\n");
        assertThat(shell.err()).contains("DAYTONA_API_URL and DAYTONA_API_KEY");
    }

    @Test
    void execInASandboxThatDoesNotExistSaysSoAndMakesNone() {
        CommandLineRun exec = CommandLineRun.of(hosted(), "exec", "--sandbox", "no-such-sandbox", "--", "anything");
        CommandLineRun shell = CommandLineRun.of(hosted(), "exec", "--ssh");

        assertThat(exec.exitCode()).isEqualTo(ExitCode.EXEC_FAILED);
        assertThat(exec.err()).contains("no-such-sandbox");
        assertThat(shell.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(shell.err()).contains("--ssh").contains("needs --sandbox ID");
        assertThat(platform.platform().counters().created()).isZero();
    }

    @Test
    void planShowsWhatWouldBeCreatedAndCreatesNothing() throws IOException {
        CommandLineRun plan = CommandLineRun.of(hosted(), "plan", eval().toString(), "--json", "--epochs", "2");

        JsonNode json = JSON.readTree(plan.out());
        assertThat(json.path("eval").asText()).isEqualTo("greeting");
        assertThat(json.path("sandboxes").get(0).path("count").asInt()).isEqualTo(6);
        assertThat(platform.platform().counters().totalRequests()).isZero();
    }

    @Test
    void doctorRunsACommandInASandboxAndSaysSo() {
        CommandLineRun doctor = CommandLineRun.of(hosted(), "doctor");

        assertThat(doctor.out()).contains("sandbox").contains("created, ran a command as hello from a sandbox");
        assertThat(doctor.exitCode()).isEqualTo(ExitCode.DONE);
    }

    @Test
    void helpAndVersionNeedNoPlatform() {
        assertThat(CommandLineRun.of("--version").out()).startsWith("sandflock ");
        assertThat(CommandLineRun.of("--help").out()).contains("Exit codes:").contains("cleanup");
        assertThat(CommandLineRun.of("run", "--help").out()).contains("--max-sandboxes");
    }

    private CommandLineRun run(String... more) throws IOException {
        String[] args = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(
                                "run",
                                eval().toString(),
                                "--runs",
                                folder.resolve("runs").toString()),
                        java.util.stream.Stream.of(more))
                .toArray(String[]::new);
        return CommandLineRun.of(hosted(), args);
    }

    private Path eval() throws IOException {
        return Files.writeString(folder.resolve("eval.yaml"), """
                name: greeting
                command: [greet]
                score: exact
                samples:
                - {id: a, input: x, target: hello from a sandbox}
                - {id: b, input: y, target: hello from a sandbox}
                - {id: c, input: z, target: hello from a sandbox}
                """);
    }

    private Map<String, String> hosted() {
        return Map.of(
                "DAYTONA_API_KEY",
                platform.key(),
                "DAYTONA_API_URL",
                platform.url().toString());
    }
}
