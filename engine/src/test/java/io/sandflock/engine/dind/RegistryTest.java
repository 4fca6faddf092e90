/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import static io.sandflock.engine.dind.DaemonBench.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.Engine;
import io.sandflock.ErrorCode;
import io.sandflock.ExecRequest;
import io.sandflock.Outcome;
import io.sandflock.PermanentException;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SampleTask;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.Score;
import io.sandflock.engine.Sandflock;
import io.sandflock.engine.compose.PlannerSettings;
import io.sandflock.engine.local.docker.DockerEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Services whose images are a registry's. */
@Tag("docker")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class RegistryTest {

    @RegisterExtension
    static final DockerEngine ENGINE = new DockerEngine();

    @TempDir
    static Path state;

    private static RegistryServer open;
    private static RegistryServer closed;
    private static String daemonImage;
    private static DaemonBench bench;
    private static Engine engine;

    @BeforeAll
    static void start() throws IOException {
        DaemonBench.needsTheImage();
        open = RegistryServer.start(Files.createDirectory(state.resolve("open")), false);
        closed = RegistryServer.start(Files.createDirectory(state.resolve("closed")), true);
        open.push(DockerEngine.BUSYBOX, "tools/box:1");
        daemonImage = daemonImage();
        bench = new DaemonBench(Files.createDirectory(state.resolve("sandboxes")), daemonImage);
        engine = Sandflock.on(bench.client())
                .planner(PlannerSettings.of(Map.of()).withDaemonImage(daemonImage))
                .build();
    }

    @AfterAll
    static void stop() {
        if (engine != null) {
            engine.closeLater().block(PATIENCE);
        }
        if (bench != null) {
            bench.close();
        }
        if (daemonImage != null) {
            RegistryServer.docker("image", "rm", daemonImage);
        }
        for (RegistryServer server : new RegistryServer[] {open, closed}) {
            if (server != null) {
                server.close();
            }
        }
    }

    /** One whose daemon, and whose fetcher of images, talk to these registries without TLS. */
    private static String daemonImage() throws IOException {
        Path folder = Files.createDirectory(state.resolve("image"));
        String both = "\"" + open.address() + "\", \"" + closed.address() + "\"";
        Files.writeString(folder.resolve("daemon.json"), "{\"insecure-registries\": [" + both + "]}\n");
        Files.writeString(folder.resolve("registries.conf"), """
                [[registry]]
                location = "%s"
                insecure = true
                [[registry]]
                location = "%s"
                insecure = true
                """.formatted(open.address(), closed.address()));
        Files.writeString(folder.resolve("Dockerfile"), """
                FROM %s
                COPY daemon.json /etc/docker/daemon.json
                COPY registries.conf /etc/containers/registries.conf
                """.formatted(DaemonBench.IMAGE));
        String name = "sandflock-test/dind-registry:" + open.address().replaceAll(".*:", "");
        RegistryServer.docker("build", "-q", "-t", name, folder.toString());
        return name;
    }

    private static SandboxSpec twoServices(String image) {
        return SandboxSpec.compose("""
                services:
                  main: {image: "%s", command: [sleep, infinity]}
                  other: {image: "%s", command: [sleep, infinity]}
                """.formatted(image, image), state);
    }

    private static final SampleTask HELLO = context -> context.sandbox()
            .environment()
            .exec(ExecRequest.shell("ping -c 1 -W 5 other >/dev/null && echo reached"))
            .map(result -> new Outcome.Scored(Score.of(result.stdout().text().equals("reached\n") ? 1 : 0)));

    private static List<RunEvent> run(int samples, SandboxSpec sandbox) {
        List<Sample> all = java.util.stream.IntStream.range(0, samples)
                .mapToObj(i -> new Sample("s" + i, "", List.of(), Map.of(), Optional.empty()))
                .toList();
        RunSpec spec = RunSpec.of("registry", all, HELLO);
        return engine.run(new RunSpec(
                        spec.eval(),
                        spec.samples(),
                        spec.task(),
                        sandbox,
                        Map.of(),
                        1,
                        spec.limits(),
                        true,
                        Optional.empty(),
                        Map.of()))
                .collectList()
                .block(PATIENCE.multipliedBy(2));
    }

    private static List<Outcome> outcomes(List<RunEvent> events) {
        return events.stream()
                .filter(RunEvent.Finished.class::isInstance)
                .map(event -> ((RunEvent.Finished) event).result().outcome())
                .toList();
    }

    private static List<String> warnings(List<RunEvent> events) {
        return events.stream()
                .filter(RunEvent.Warning.class::isInstance)
                .map(event -> ((RunEvent.Warning) event).message())
                .toList();
    }

    @Test
    void aRunFetchesAnImageOnceIntoItsSnapshotAndASandboxAlonePullsIt() {
        String image = open.address() + "/tools/box:1";
        int before = open.blobsSent().size();
        List<RunEvent> events = run(3, twoServices(image));

        assertThat(warnings(events)).isEmpty();
        assertThat(outcomes(events)).hasSize(3).allMatch(new Outcome.Scored(Score.of(1))::equals);
        // Its one layer and its configuration.
        assertThat(open.blobsSent()).hasSize(before + 2);

        engine.withSandbox(
                        SandboxRequest.of(twoServices(image)),
                        sandbox -> sandbox.environment().exec(ExecRequest.of("true")))
                .block(PATIENCE);
        assertThat(open.blobsSent()).hasSize(before + 4);
    }

    @Test
    void anImageThatARegistryDoesNotHaveFailsItsSamplesAndNotTheInfrastructure() {
        String image = open.address() + "/tools/box:none";
        List<RunEvent> events = run(1, twoServices(image));

        assertThat(warnings(events))
                .singleElement()
                .asString()
                .contains("could not be put into its snapshot")
                .contains("manifest unknown");
        assertThat(outcomes(events))
                .singleElement()
                .isInstanceOfSatisfying(
                        Outcome.TaskFailed.class,
                        failed -> assertThat(failed.message())
                                .contains("images could not be pulled: " + image)
                                .contains("manifest unknown"));
    }

    @Test
    void aRegistryThatWantsAPasswordIsNoFailureOfTheInfrastructure() {
        String image = closed.address() + "/tools/box:1";
        assertThatThrownBy(() -> engine.withSandbox(
                                SandboxRequest.of(twoServices(image)),
                                sandbox -> sandbox.environment().exec(ExecRequest.of("true")))
                        .block(PATIENCE))
                .isInstanceOfSatisfying(
                        PermanentException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.SERVICE_FAILED))
                .hasMessageContaining("images could not be pulled: " + image)
                .hasMessageContaining("no basic auth credentials");
    }
}
