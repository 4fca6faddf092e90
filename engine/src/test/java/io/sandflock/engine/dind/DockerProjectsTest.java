/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import static io.sandflock.engine.dind.DaemonBench.PATIENCE;
import static io.sandflock.engine.dind.DaemonBench.out;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.Environment;
import io.sandflock.ErrorCode;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.PermanentException;
import io.sandflock.Sandbox;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.Stage;
import io.sandflock.engine.local.docker.DockerEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** Services in a real daemon in a real sandbox, through the whole wire. */
@Tag("docker")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class DockerProjectsTest {

    @RegisterExtension
    static final DockerEngine ENGINE = new DockerEngine();

    @TempDir
    static Path state;

    @TempDir
    Path folder;

    private static DaemonBench bench;

    private static final List<String> SLEEP = List.of("sleep", "1000000");
    private static final Map<String, ?> SLEEPER = Map.of("image", DockerEngine.BUSYBOX, "command", SLEEP);

    @BeforeAll
    static void start() {
        bench = new DaemonBench(state);
    }

    @AfterAll
    static void stop() {
        bench.close();
    }

    private static Map<String, ?> healthy(String test) {
        return Map.of(
                "image",
                DockerEngine.BUSYBOX,
                "command",
                List.of("sh", "-c", "echo said by db; sleep 1; echo stored > /data/made; exec sleep 1000000"),
                "volumes",
                List.of("data:/data"),
                "healthcheck",
                Map.of(
                        "test",
                        List.of("CMD", "test", "-e", test),
                        "interval",
                        "200ms",
                        "timeout",
                        "2s",
                        "retries",
                        10));
    }

    @Test
    void servicesWaitForOneAnotherShareAVolumeAndTheirNamesAndArePartedByTheirNetworks() throws IOException {
        Path context = Files.createDirectory(folder.resolve("app"));
        Files.writeString(context.resolve("Dockerfile"), """
                FROM %s
                COPY run.sh /run.sh
                WORKDIR /srv/work
                """.formatted(DockerEngine.BUSYBOX));
        Files.writeString(context.resolve("run.sh"), "#!/bin/sh\ncat /data/made > /tmp/at-start\nexec sleep 1000000\n");
        Files.setPosixFilePermissions(context.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createSymbolicLink(context.resolve("link"), Path.of("run.sh"));
        Path data = Files.createDirectory(folder.resolve("given"));
        Files.writeString(data.resolve("file"), "from the host's folder\n");
        long before = bench.requests();
        bench.stages.clear();
        try (DaemonBench.Held<Sandbox> held = bench.up(new Projects()
                .service(
                        "web",
                        Map.of(
                                "build",
                                Map.of("context", "./context-1"),
                                "command",
                                List.of("/run.sh"),
                                "depends_on",
                                Map.of(
                                        "db",
                                        Map.of("condition", "service_healthy"),
                                        "once",
                                        Map.of("condition", "service_completed_successfully")),
                                "volumes",
                                List.of("data:/data:ro", "./project:/given:ro")))
                .service("db", healthy("/data/made"))
                .service("once", Map.of("image", DockerEngine.BUSYBOX, "command", List.of("true")))
                .service("alone", Map.of("image", DockerEngine.BUSYBOX, "command", SLEEP, "network_mode", "none"))
                .with("volumes", Map.of("data", Map.of()))
                .upload("context-1", context)
                .upload("project", data)
                .project())) {
            Sandbox sandbox = held.get();

            assertThat(sandbox.environments().keySet()).containsExactly("web", "db", "once", "alone");
            assertThat(sandbox.environment().name()).isEqualTo("web");
            assertThat(out(sandbox, "web", "pwd; cat /tmp/at-start /given/file"))
                    .isEqualTo("/srv/work\nstored\nfrom the host's folder\n");
            // The sandbox, the upload, the program's answers, the first command. One more for reading the sandbox in
            // this test.
            long requests = bench.requests() - before;
            System.out.println("requests until the first command's output: " + requests);
            assertThat(requests).isLessThanOrEqualTo(10 + 1);
            assertThat(bench.stages).containsExactly(Stage.DOCKERD, Stage.COMPOSE);
            assertThat(out(sandbox, "web", "ping -c 1 -W 5 db >/dev/null && echo reached"))
                    .isEqualTo("reached\n");
            assertThat(out(sandbox, "alone", "ls /sys/class/net; ping -c 1 -W 1 db >/dev/null 2>&1 || echo alone"))
                    .isEqualTo("lo\nalone\n");
            List<String> way = Objects.requireNonNull(
                            sandbox.environment().connection().block(PATIENCE))
                    .command();
            String web = out(sandbox, "web", "hostname").strip();
            assertThat(way)
                    .startsWith("sandflock", "exec", "-it", "--sandbox", sandbox.id(), "--", "docker", "exec", "-it")
                    .endsWith("/bin/sh")
                    .hasSize(11);
            assertThat(way.get(9)).as("the container").startsWith(web);
            assertThatThrownBy(() -> out(sandbox, "once", "true"))
                    .isInstanceOf(SandboxUnavailableException.class)
                    .hasMessageContaining("service once")
                    .hasMessageContaining("exited with code 0");
        }
    }

    @Test
    void aServiceThatDiesIsToldFromACommandThatIsKilled() {
        try (DaemonBench.Held<Sandbox> held = bench.up(new Projects()
                .service("main", SLEEPER)
                .service(
                        "frail",
                        Map.of(
                                "image",
                                DockerEngine.BUSYBOX,
                                "command",
                                List.of("sh", "-c", "echo last words; while [ ! -e /die ]; do sleep .1; done; exit 3")))
                .project())) {
            Sandbox sandbox = held.get();
            assertThat(sandbox.environment()
                            .exec(ExecRequest.shell("kill -9 $$"))
                            .map(r -> r.exitCode())
                            .block(PATIENCE))
                    .isEqualTo(137);

            assertThatThrownBy(() -> sandbox.environments()
                            .get("frail")
                            .exec(ExecRequest.shell("touch /die; sleep 100"))
                            .block(PATIENCE))
                    .isInstanceOfSatisfying(
                            SandboxUnavailableException.class,
                            error -> assertThat(error.lastState()).isEqualTo("exited"))
                    .hasMessageContaining("exited with code 3")
                    .hasMessageContaining("last words");
            assertThatThrownBy(() -> sandbox.environments()
                            .get("frail")
                            .execStream(ExecRequest.of("true"))
                            .blockLast(PATIENCE))
                    .isInstanceOf(SandboxUnavailableException.class)
                    .hasMessageContaining("last words");
            assertThat(sandbox.environment().execStream(ExecRequest.of("true")).blockLast(PATIENCE))
                    .isEqualTo(new ExecEvent.Exited(0));
        }
    }

    /**
     * A stream that is not taken fills its segments (10 MiB), then what the service's daemon holds (1.3 MiB): one whose process ended
     * then with more than that was cut by the daemon after two seconds, which saw no other command of the service end meanwhile.
     */
    @Test
    void aStreamThatIsTakenLateIsWholeAndKeepsNoOtherCommandOfItsService() {
        try (DaemonBench.Held<Sandbox> held =
                bench.up(new Projects().service("main", SLEEPER).project())) {
            Environment main = held.get().environment();
            for (int kib = 11_600; kib <= 11_720; kib += 60) {
                AtomicBoolean first = new AtomicBoolean(true);
                Long read = main.execStream(ExecRequest.shell("head -c " + kib * 1024 + " /dev/zero"))
                        .concatMap(
                                event -> first.getAndSet(false)
                                        ? main.exec(ExecRequest.of("sleep", "4"))
                                                .thenReturn(event)
                                        : Mono.just(event),
                                1)
                        .ofType(ExecEvent.Stdout.class)
                        .reduce(0L, (sum, out) -> sum + out.bytes().length)
                        .block(PATIENCE);
                assertThat(read).isEqualTo(kib * 1024L);
            }
        }
    }

    @Test
    void aServiceThatIsNeverHealthyFailsWithItsLog() {
        assertThatThrownBy(() -> bench.upOnce(new Projects()
                                .service("web", SLEEPER)
                                .service("db", healthy("/data/never"), Duration.ofSeconds(5))
                                .with("volumes", Map.of("data", Map.of()))
                                .project())
                        .block(PATIENCE))
                .isInstanceOfSatisfying(
                        PermanentException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.SERVICE_FAILED))
                .hasMessageContaining("service db is unhealthy")
                .hasMessageContaining("said by db")
                .hasMessageContaining("docker compose ps")
                .hasMessageContaining("log of the Docker daemon");
    }

    @Test
    void aServiceThatEndsWithAnErrorFailsWithItsCodeAndLog() {
        assertThatThrownBy(() -> bench.upOnce(new Projects()
                                .service(
                                        "web",
                                        Map.of(
                                                "image",
                                                DockerEngine.BUSYBOX,
                                                "command",
                                                SLEEP,
                                                "depends_on",
                                                Map.of("init", Map.of("condition", "service_completed_successfully"))))
                                .service(
                                        "init",
                                        Map.of(
                                                "image",
                                                DockerEngine.BUSYBOX,
                                                "command",
                                                List.of("sh", "-c", "echo no schema >&2; exit 4")))
                                .project())
                        .block(PATIENCE))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("service init exited with code 4")
                .hasMessageContaining("no schema");
    }

    @Test
    void aServiceThatIsNotReadyInItsOwnTimeFails() {
        Map<String, ?> slow = Map.of(
                "image",
                DockerEngine.BUSYBOX,
                "command",
                SLEEP,
                "healthcheck",
                Map.of("test", List.of("CMD", "false"), "interval", "100s", "retries", 3));
        DindSettings hasty = new DindSettings(Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofSeconds(1));
        assertThatThrownBy(() -> bench.upOnce(
                                new Projects()
                                        .service("web", SLEEPER)
                                        .service("slow", slow, Duration.ofSeconds(3))
                                        .project(),
                                hasty)
                        .block(PATIENCE))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("service slow was not ready within")
                .hasMessageContaining("it is not healthy yet");
    }

    @Test
    void aBuildThatFailsSaysHowItEnded() throws IOException {
        Path context = Files.createDirectory(folder.resolve("broken"));
        Files.writeString(
                context.resolve("Dockerfile"), "FROM " + DockerEngine.BUSYBOX + "\nRUN echo about to fail; exit 9\n");
        assertThatThrownBy(() -> bench.upOnce(new Projects()
                                .service("web", SLEEPER)
                                .service("app", Map.of("build", Map.of("context", "./context-1")))
                                .upload("context-1", context)
                                .project())
                        .block(PATIENCE))
                .isInstanceOfSatisfying(
                        PermanentException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.SERVICE_FAILED))
                .hasMessageContaining("image could not be built")
                .hasMessageContaining("about to fail");
    }

    @Test
    void anImageThatCannotBePulledIsNamed() {
        assertThatThrownBy(() -> bench.upOnce(new Projects()
                                .service("web", SLEEPER)
                                .service("far", Map.of("image", "localhost:9/no/such:1"))
                                .project())
                        .block(PATIENCE))
                .hasMessageContaining("images could not be pulled: localhost:9/no/such:1");
    }
}
