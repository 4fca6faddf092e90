/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Engine;
import io.sandflock.ExecRequest;
import io.sandflock.Outcome;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.Score;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.docker.DockerEngine;
import io.sandflock.engine.local.docker.DockerSubstrate;
import io.sandflock.engine.testing.Settled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A Dockerfile's eval for real: built by a Docker Engine, run in its containers. */
class DockerfileRunTest {

    @RegisterExtension
    static final DockerEngine ENGINE = new DockerEngine();

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @TempDir
    private Path folder;

    private LocalPlatform server;
    private Engine engine;

    @BeforeEach
    void start() {
        server = LocalPlatform.start(
                        LocalOptions.of(DockerSubstrate.create(DockerEngine.options(folder.resolve("state")))))
                .block(PATIENCE);
        engine = Sandflock.on(
                        DaytonaPlatform.create(DaytonaSettings.of(server.key()).withUrl(server.url())))
                .build();
    }

    @AfterEach
    void close() {
        int left = Settled.left(server);
        engine.closeLater().block(PATIENCE);
        server.closeLater().block(PATIENCE);
        assertThat(left).isZero();
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve("eval").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private List<RunEvent> run(int samples, String command) {
        SandboxSpec sandbox = new SandboxSpec.Dockerfile(folder.resolve("eval/Dockerfile"));
        List<Sample> all = IntStream.range(0, samples)
                .mapToObj(i -> new Sample("s" + i, "", List.of(), Map.of(), Optional.of(sandbox)))
                .toList();
        return engine.run(RunSpec.of(
                        "built",
                        all,
                        context -> context.sandbox()
                                .environment()
                                .exec(ExecRequest.of("sh", "-c", command))
                                .map(result -> result.exitCode() == 0
                                        ? new Outcome.Scored(Score.of(1))
                                        : new Outcome.TaskFailed(result.stdout().text()
                                                + result.stderr().text()))))
                .collectList()
                .block(PATIENCE);
    }

    private static List<Outcome> outcomes(List<RunEvent> events) {
        return events.stream()
                .filter(RunEvent.Finished.class::isInstance)
                .map(event -> ((RunEvent.Finished) event).result().outcome())
                .toList();
    }

    @Test
    void samplesRunInTheImageThatTheDockerfileDescribes() throws IOException {
        write(
                "Dockerfile",
                "FROM sandflock-test/busybox:1 AS maker\nCOPY src /src\nRUN cat /src/* > /made\n"
                        + "FROM sandflock-test/busybox:1\nENV GREETING=hello\nCOPY --from=maker /made /data/made\n"
                        + "ADD run.sh /usr/local/bin/run\nWORKDIR /data\n");
        write("src/a", "one ");
        write("src/b", "two");
        write("run.sh", "#!/bin/sh\necho \"$GREETING $(cat made)\"\n");
        assertThat(folder.resolve("eval/run.sh").toFile().setExecutable(true)).isTrue();
        List<RunEvent> events = run(6, "test \"$(run)\" = 'hello one two' && test \"$PWD\" = /data");
        assertThat(outcomes(events))
                .hasSize(6)
                .allSatisfy(outcome -> assertThat(outcome).isEqualTo(new Outcome.Scored(Score.of(1))));
        assertThat(server.counters().snapshots()).isEqualTo(1);
        assertThat(server.counters().uploads()).isEqualTo(1);
    }

    @Test
    void aBuildThatFailsIsToldWithTheEndOfItsLog() throws IOException {
        write("Dockerfile", "FROM sandflock-test/busybox:1\nRUN echo what-went-wrong-is-here >&2; exit 3\n");
        List<RunEvent> events = run(3, "true");
        assertThat(outcomes(events)).hasSize(3).allSatisfy(outcome -> {
            assertThat(outcome).isInstanceOf(Outcome.InfrastructureFailed.class);
            assertThat(outcome.message())
                    .contains("log ends with")
                    .contains("what-went-wrong-is-here")
                    .contains("3");
        });
        System.out.println(outcomes(events).get(0).message());
        assertThat(server.counters().created()).isZero();
        assertThat(server.counters().snapshots()).isEqualTo(1);
    }
}
