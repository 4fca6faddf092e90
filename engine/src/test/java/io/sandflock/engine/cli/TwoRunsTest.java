/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.local.simulated.BuildScript;
import io.sandflock.engine.local.simulated.CommandScript;
import io.sandflock.engine.testing.TestPlatform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two programs that run the same eval at the same time. */
class TwoRunsTest {

    private static final int SAMPLES = 250;

    @RegisterExtension
    final TestPlatform server = TestPlatform.create()
            .simulated(options -> options.withScript(CommandScript.prints("hello"))
                    .withBuilds(image -> BuildScript.SUCCEEDS.build(image).in(Duration.ofSeconds(5))));

    @TempDir
    private Path folder;

    @Test
    void oneUploadAndOneBuildServeBoth() throws Exception {
        Path eval = Files.createDirectory(folder.resolve("eval"));
        Files.writeString(eval.resolve("Dockerfile"), "FROM debian\nCOPY files /files\n");
        Files.createDirectory(eval.resolve("files"));
        Files.writeString(eval.resolve("files/a"), "a");
        Files.write(
                eval.resolve("samples.jsonl"),
                IntStream.range(0, SAMPLES)
                        .mapToObj(i -> "{\"id\": \"s" + i + "\", \"input\": \"i\"}")
                        .toList());
        Files.writeString(
                eval.resolve("eval.yaml"),
                "name: built\ndataset: {path: samples.jsonl}\ncommand: [\"true\"]\nscore: exit_code\n");
        ChildRun one = new ChildRun(Files.createDirectory(folder.resolve("one")));
        ChildRun other = new ChildRun(Files.createDirectory(folder.resolve("other")));
        try {
            Process first = one.start(environment(), args(eval, "one"));
            Process second = other.start(environment(), args(eval, "other"));
            assertThat(ChildRun.end(first)).as(one.said()).isZero();
            assertThat(ChildRun.end(second)).as(other.said()).isZero();
        } finally {
            one.endAll();
            other.endAll();
        }
        System.out.println("two runs at once: " + server.platform().counters());
        assertThat(server.platform().counters().created()).isEqualTo(2 * SAMPLES);
        assertThat(server.platform().counters().uploads()).isEqualTo(1);
        assertThat(server.platform().counters().snapshots()).isEqualTo(1);
    }

    private Map<String, String> environment() {
        return Map.of(
                "DAYTONA_API_KEY", server.key(), "DAYTONA_API_URL", server.url().toString());
    }

    private List<String> args(Path eval, String name) {
        return List.of(
                "run",
                eval.toString(),
                "--runs",
                folder.resolve(name).resolve("runs").toString(),
                "--max-sandboxes",
                Integer.toString(SAMPLES));
    }
}
