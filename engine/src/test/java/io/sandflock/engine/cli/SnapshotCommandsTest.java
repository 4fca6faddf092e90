/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.engine.testing.ApiClient;
import io.sandflock.engine.testing.TestPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code sandflock snapshot} against a platform that runs apart. */
class SnapshotCommandsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    final TestPlatform server = TestPlatform.create().simulated(options -> options.withImages());

    @TempDir
    private Path folder;

    @BeforeEach
    void dockerfile() throws IOException {
        Files.writeString(folder.resolve("Dockerfile"), "FROM debian\nCOPY a /\n");
        Files.writeString(folder.resolve("a"), "a");
    }

    private CommandLineRun sandflock(String owner, String... args) {
        return CommandLineRun.of(
                Map.of(
                        "DAYTONA_API_KEY", server.key(),
                        "DAYTONA_API_URL", server.url().toString(),
                        "SANDFLOCK_OWNER", owner),
                args);
    }

    private static List<String> names(CommandLineRun run) throws IOException {
        List<String> names = new ArrayList<>();
        for (JsonNode snapshot : JSON.readTree(run.out())) {
            names.add(snapshot.path("name").asText());
        }
        return names;
    }

    private String ensure(String owner) throws IOException {
        CommandLineRun run = sandflock(
                owner,
                "snapshot",
                "ensure",
                "--dockerfile",
                folder.resolve("Dockerfile").toString(),
                "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        return JSON.readTree(run.out()).path(0).path("snapshot").asText();
    }

    @Test
    void ensureBuildsOnceAndSaysWhatThePlatformSays() throws IOException {
        CommandLineRun first = sandflock(
                "me",
                "snapshot",
                "ensure",
                "--dockerfile",
                folder.resolve("Dockerfile").toString());
        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.out()).containsPattern("sandflock-[0-9a-f]{12} +Dockerfile " + folder);
        assertThat(first.err()).contains("simulated build of sandflock-");
        assertThat(ensure("you")).startsWith("sandflock-");
        assertThat(server.platform().counters().snapshots()).isEqualTo(1);
    }

    @Test
    void ensureLooksAtEverySampleOfAnEval() throws IOException {
        Files.writeString(
                folder.resolve("eval.yaml"),
                "name: e\ncommand: [\"true\"]\nscore: exit_code\nsamples:\n- {id: a, input: i}\n- {id: b, input: i}\n- {id: c, input: i, sandbox: \"python:3.12\"}\n");
        CommandLineRun run = sandflock("me", "snapshot", "ensure", folder.toString(), "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(JSON.readTree(run.out())).hasSize(2);
        assertThat(server.platform().counters().snapshots()).isEqualTo(2);
    }

    @Test
    void listShowsOnesOwnAndAllShowsEverybodys() throws IOException {
        String name = ensure("me");
        assertThat(names(sandflock("me", "snapshot", "list", "--json"))).containsExactly(name);
        assertThat(names(sandflock("you", "snapshot", "list", "--json"))).isEmpty();
        assertThat(names(sandflock("you", "snapshot", "list", "--all", "--json")))
                .contains(name, "daytona-small");
        assertThat(sandflock("me", "snapshot", "list").out()).contains(name).contains("yours");
    }

    @Test
    void pruneTakesOnesOwnThatNobodyUsedForDays() throws IOException {
        String mine = ensure("me");
        Files.writeString(folder.resolve("a"), "other");
        String yours = ensure("you");
        ApiClient.of(server.url(), server.key())
                .send("POST", "/snapshots", "{\"name\":\"chosen\",\"imageName\":\"x:1\"}");
        assertThat(sandflock("me", "snapshot", "prune", "--yes").err()).contains("0 snapshots deleted");
        CommandLineRun dry = sandflock("me", "snapshot", "prune", "--older-than", "0", "--dry-run");
        assertThat(dry.out()).contains(mine).doesNotContain(yours);
        assertThat(dry.err()).contains("1 snapshot would be deleted");
        assertThat(sandflock("me", "snapshot", "prune", "--older-than", "0").exitCode())
                .as("nobody is there to be asked")
                .isEqualTo(ExitCode.BAD_INPUT);
        CommandLineRun run = sandflock("me", "snapshot", "prune", "--older-than", "0", "--yes", "--json");
        assertThat(JSON.readTree(run.out()).path("deleted").path(0).asText()).isEqualTo(mine);
        assertThat(names(sandflock("me", "snapshot", "list", "--all", "--json")))
                .contains(yours, "chosen", "daytona-small")
                .doesNotContain(mine);
    }

    @Test
    void deleteLooksAllNamesUpFirstAndLeavesThePlatformsOwn() throws IOException {
        String name = ensure("me");
        CommandLineRun typo = sandflock("me", "snapshot", "delete", name, "nonesuch", "--yes");
        assertThat(typo.exitCode()).isNotZero();
        assertThat(names(sandflock("me", "snapshot", "list", "--json"))).containsExactly(name);
        CommandLineRun run = sandflock("me", "snapshot", "delete", name, "daytona-small", "--yes");
        assertThat(run.exitCode()).isEqualTo(ExitCode.INCOMPLETE);
        assertThat(run.err()).contains("1 snapshot deleted, 1 left").contains("general snapshot");
    }
}
