/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.engine.local.docker.DockerEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The examples that need images, as a user runs them. */
@Tag("docker")
@Timeout(240)
@ExtendWith(DockerEngine.class)
class ExampleRunsTest {

    @Test
    void theEvalWithADockerfileBuildsOnceAndRunsAsItsUser(@TempDir Path runs) throws IOException {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.keySet().removeIf(name -> name.startsWith("DAYTONA_"));
        environment.put("SANDFLOCK_EXAMPLE_BASE", DockerEngine.DEBIAN);
        CommandLineRun run = CommandLineRun.of(
                environment,
                "run",
                Path.of("../src/examples/dockerfile").toRealPath().toString(),
                "--local",
                "docker",
                "--max-sandboxes",
                "4",
                "--runs",
                runs.toString(),
                "--json");

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.DONE);
        JsonNode summary = new ObjectMapper().readTree(run.out());
        assertThat(summary.at("/outcomes/scored").asInt()).as(run.out()).isEqualTo(10);
        assertThat(summary.path("meanScore").asDouble()).isEqualTo(1.0);
        assertThat(summary.path("leftOver")).isEmpty();
        assertThat(run.err()).containsOnlyOnce("useradd --create-home");
    }
}
