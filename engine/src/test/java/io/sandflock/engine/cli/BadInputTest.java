/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.testing.TestPlatform;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What cannot work is refused in a line that says where and why, before anything is created. */
class BadInputTest {

    @RegisterExtension
    final TestPlatform platform = TestPlatform.create();

    @TempDir
    private Path folder;

    @Test
    void anUnknownKeyIsNamedWithItsLineAndTheNearestKnownOne() throws IOException {
        Path eval = eval("name: x\ncomand: [true]\nsamples: [{id: a, input: b}]\n");

        CommandLineRun run = run(eval);

        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains("eval.yaml:2:").contains("comand").contains("command");
        nothingWasCreated();
    }

    @Test
    void malformedYamlIsNamedWithItsLine() throws IOException {
        CommandLineRun run = run(eval("name: x\ncommand: [true\nsamples:\n"));

        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).containsPattern("eval.yaml:[23]:");
        nothingWasCreated();
    }

    @Test
    void aDuplicateIdIsNamedWithItsLine() throws IOException {
        Path eval = eval("name: x\ncommand: [true]\nsamples:\n- {id: a, input: b}\n- {id: a, input: c}\n");

        CommandLineRun run = run(eval);

        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains("eval.yaml:5:").contains("a");
        nothingWasCreated();
    }

    @Test
    void aMissingDatasetIsNamed() throws IOException {
        CommandLineRun run = run(eval("name: x\ncommand: [true]\ndataset: {path: nowhere.jsonl}\n"));

        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains("eval.yaml:3:").contains("nowhere.jsonl");
        nothingWasCreated();
    }

    @Test
    void anUnreadableGzipIsNamed() throws IOException {
        Files.write(folder.resolve("data.jsonl.gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0, 1, 2, 3});

        CommandLineRun run = run(eval("name: x\ncommand: [true]\ndataset: {path: data.jsonl.gz}\n"));

        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains("data.jsonl.gz").contains("gzip");
        nothingWasCreated();
    }

    @Test
    void aWrongKeyIsSaidWithTheUrl() throws IOException {
        Map<String, String> environment = Map.of(
                "DAYTONA_API_KEY",
                "wrong-key-of-the-test",
                "DAYTONA_API_URL",
                platform.url().toString());

        CommandLineRun run = CommandLineRun.of(environment, "list");

        assertThat(run.exitCode()).isEqualTo(ExitCode.PLATFORM);
        assertThat(run.err())
                .contains("401")
                .contains(platform.url().getAuthority())
                .doesNotContain("wrong-key-of-the-test");
        assertThat(run.err().lines()).hasSize(2);
        nothingWasCreated();
    }

    @Test
    void aServerThatIsNotThereIsNamed() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Map<String, String> environment =
                Map.of("DAYTONA_API_KEY", "k", "DAYTONA_API_URL", "http://127.0.0.1:" + port + "/api");

        CommandLineRun run = CommandLineRun.of(environment, "list");

        assertThat(run.exitCode()).isEqualTo(ExitCode.PLATFORM);
        assertThat(run.err()).contains("127.0.0.1:" + port);
        assertThat(run.err().lines()).hasSize(2);
    }

    @Test
    void aPortInUseIsNamed() {
        CommandLineRun run = CommandLineRun.of(
                "local",
                "--substrate",
                "simulated",
                "--port",
                Integer.toString(platform.url().getPort()));

        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err())
                .contains(Integer.toString(platform.url().getPort()))
                .contains("cannot be bound");
    }

    @Test
    void aUrlThatIsNoneIsRefused() {
        CommandLineRun run =
                CommandLineRun.of(Map.of("DAYTONA_API_KEY", "k", "DAYTONA_API_URL", "app.daytona.io"), "list");

        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains("DAYTONA_API_URL").contains("app.daytona.io");
    }

    @Test
    void anUnknownOptionIsRefused() {
        CommandLineRun run = CommandLineRun.of("run", "--max-sandboxen", "3", "x");

        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains("--max-sandboxen").contains("sandflock run --help");
    }

    @Test
    void aNumberOfSandboxesBelowOneIsRefused() throws IOException {
        Path eval = eval("name: x\ncommand: [true]\nsamples: [{id: a, input: b}]\n");

        CommandLineRun run = CommandLineRun.of(hosted(), "run", eval.toString(), "--max-sandboxes", "0");

        assertThat(run.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains("--max-sandboxes").contains("at least 1").contains("0");
        nothingWasCreated();
    }

    private CommandLineRun run(Path eval) {
        return CommandLineRun.of(
                hosted(),
                "run",
                eval.toString(),
                "--runs",
                folder.resolve("runs").toString());
    }

    private Map<String, String> hosted() {
        return Map.of(
                "DAYTONA_API_KEY",
                platform.key(),
                "DAYTONA_API_URL",
                platform.url().toString());
    }

    private Path eval(String text) throws IOException {
        return Files.writeString(folder.resolve("eval.yaml"), text);
    }

    private void nothingWasCreated() {
        assertThat(platform.platform().counters().created()).isZero();
        assertThat(folder.resolve("runs")).doesNotExist();
    }
}
