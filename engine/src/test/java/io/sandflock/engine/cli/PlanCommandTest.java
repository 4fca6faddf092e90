/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCommandTest {

    private static final String COMPOSE = """
            x-daytona: {auto_stop_interval: 5, env_vars: {D: s3cret}}
            services:
              web: {image: "nginx:${SAMPLE_METADATA_TAG:-1}", environment: {A: s3cret}, ports: ["80:80"], cpus: 1}
              db:
                build: {context: ., args: {KEY: s3cret}}
                healthcheck: {test: x, interval: 1s, timeout: 1s, retries: 1}
            """;

    @TempDir
    private Path folder;

    private CommandLineRun plan(String... args) throws IOException {
        Files.writeString(folder.resolve("compose.yaml"), COMPOSE);
        Files.writeString(folder.resolve("Dockerfile"), "FROM debian:12");
        return CommandLineRun.of(
                Map.of(),
                java.util.stream.Stream.concat(java.util.stream.Stream.of("plan"), java.util.stream.Stream.of(args))
                        .toArray(String[]::new));
    }

    private Path eval() throws IOException {
        return Files.writeString(folder.resolve("eval.yaml"), """
                name: e
                command: ["true"]
                samples:
                - {id: a, input: x, metadata: {tag: 1.27}}
                - {id: b, input: x, metadata: {tag: 1.28}}
                - {id: c, input: x, metadata: {tag: 1.27}}
                """);
    }

    @Test
    void aComposeFileIsShownAsTables() throws IOException {
        CommandLineRun plan = plan(folder.resolve("compose.yaml").toString());

        assertThat(plan.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(plan.out())
                .contains("snapshot of a Docker daemon, docker:28.3.3-dind")
                .contains("2 CPU")
                .containsPattern("variables +D\\n")
                .contains("nginx:1")
                .contains("pulled in each sandbox")
                .contains("built in each sandbox")
                .contains("warning: services.web.ports")
                .doesNotContain("s3cret");
    }

    @Test
    void samplesWithTheSameSandboxAreOneRow() throws IOException {
        JsonNode json =
                new ObjectMapper().readTree(plan(eval().toString(), "--json").out());

        assertThat(json.path("sandboxes")).hasSize(2);
        assertThat(json.path("sandboxes").get(0).path("samples"))
                .extracting(JsonNode::asText)
                .containsExactly("a", "c");
        assertThat(json.toString())
                .contains("nginx:1.27")
                .contains("nginx:1.28")
                .doesNotContain("s3cret");
    }

    @Test
    void oneSampleIsShownAlone() throws IOException {
        CommandLineRun one = plan(eval().toString(), "--sample", "b");
        CommandLineRun none = plan(eval().toString(), "--sample", "z");
        CommandLineRun compose = plan(folder.resolve("compose.yaml").toString(), "--sample", "b");

        assertThat(one.out()).contains("nginx:1.28").doesNotContain("nginx:1.27");
        assertThat(none.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(none.err()).contains("--sample: the eval e has no sample 'z'");
        assertThat(compose.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(compose.err()).contains("there are no samples in the compose file");
    }

    @Test
    void aFolderWithoutAnEvalIsWhatIsDetectedInIt() throws IOException {
        assertThat(plan(folder.toString()).out()).contains("Docker daemon");
    }

    @Test
    void aRunRefusesWhatCannotBePlannedBeforeThereIsAPlatform() throws IOException {
        eval();
        Files.writeString(folder.resolve("compose.yaml"), "services: {web: {imagee: x}}");

        CommandLineRun run = CommandLineRun.of(
                Map.of("DAYTONA_API_KEY", "k", "DAYTONA_API_URL", "http://127.0.0.1:1/api"),
                "run",
                folder.toString(),
                "--runs",
                folder.resolve("runs").toString());

        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err())
                .contains("compose.yaml:1: unknown key 'imagee' in services.web; did you mean 'image'?")
                .doesNotContain("platform:");
    }
}
