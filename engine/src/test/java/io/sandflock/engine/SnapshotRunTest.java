/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.Engine;
import io.sandflock.ExecRequest;
import io.sandflock.Outcome;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SampleResult;
import io.sandflock.SampleTask;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.Score;
import io.sandflock.Secret;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.local.Exchange;
import io.sandflock.engine.local.PlatformCounters;
import io.sandflock.engine.local.simulated.BuildScript;
import io.sandflock.engine.local.simulated.CommandScript;
import io.sandflock.engine.testing.ApiClient;
import io.sandflock.engine.testing.TestPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose sandboxes come from a Dockerfile, over the wire, on simulated machines. */
class SnapshotRunTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private volatile BuildScript builds = BuildScript.SUCCEEDS;

    @RegisterExtension
    final TestPlatform server = TestPlatform.create()
            .simulated(options -> options.withScript(CommandScript.prints("hello"))
                    .withBuilds(image -> builds.build(image).in(Duration.ofMillis(500))));

    @TempDir
    private Path folder;

    private Engine engine;

    @BeforeEach
    void dockerfile() throws IOException {
        Files.writeString(folder.resolve("Dockerfile"), "FROM debian\nCOPY main.py /\n");
        Files.writeString(folder.resolve("main.py"), "print('hello')\n");
        engine = engine();
    }

    @AfterEach
    void close() {
        engine.closeLater().block(PATIENCE);
    }

    private Engine engine() {
        return Sandflock.on(DaytonaPlatform.create(
                        DaytonaSettings.of(Secret.of(server.key())).withUrl(server.url())))
                .build();
    }

    private RunSpec spec(int samples, SampleTask task) {
        SandboxSpec sandbox = new SandboxSpec.Dockerfile(folder.resolve("Dockerfile"));
        List<Sample> all = IntStream.range(0, samples)
                .mapToObj(i -> new Sample("s" + i, "", List.of(), Map.of(), Optional.of(sandbox)))
                .toList();
        RunSpec spec = RunSpec.of("built", all, task);
        RunSpec.Limits limits = spec.limits();
        return spec.withLimits(new RunSpec.Limits(
                1_000, limits.createTimeout(), limits.sample(), limits.run(), 0, limits.failOnError()));
    }

    private static SampleTask says() {
        return context -> context.sandbox()
                .environment()
                .exec(ExecRequest.of("echo", "hello"))
                .map(result -> new Outcome.Scored(Score.of(result.exitCode() == 0 ? 1 : 0)));
    }

    private static List<Outcome> outcomes(List<RunEvent> events) {
        return events.stream()
                .filter(RunEvent.Finished.class::isInstance)
                .map(event -> ((RunEvent.Finished) event).result())
                .map(SampleResult::outcome)
                .toList();
    }

    private List<RunEvent> run(RunSpec spec) {
        return engine.run(spec).collectList().block(PATIENCE);
    }

    @Test
    void aThousandSamplesThatStartAtOnceCauseOneUploadAndOneBuild() {
        List<RunEvent> events = run(spec(1_000, says()));
        assertThat(outcomes(events)).hasSize(1_000).allMatch(Outcome.Scored.class::isInstance);
        assertThat(server.platform().counters().uploads()).isEqualTo(1);
        assertThat(server.platform().counters().snapshots()).isEqualTo(1);
        assertThat(server.platform().counters().requests("snapshot.create")).isEqualTo(1);
        assertThat(server.platform().counters().created()).isEqualTo(1_000);
        assertThat(events)
                .anySatisfy(event -> assertThat(event)
                        .isInstanceOfSatisfying(
                                RunEvent.SnapshotProgress.class,
                                progress -> assertThat(progress.log()).contains("simulated build")));
    }

    @Test
    void theFirstByteFromASnapshotTakesAtMostFourRequestsBesideTheRunsOneLookForWhatIsLeft() {
        run(spec(1, says()));
        engine.closeLater().block(PATIENCE);
        engine = engine();
        long before = samplesRequests();
        long lists = server.platform().counters().requests("sandbox.list");
        AtomicLong until = new AtomicLong();
        run(spec(1, context -> says().run(context).doOnNext(outcome -> until.set(samplesRequests()))));
        System.out.println("requests to the first byte from a snapshot, the run's own included: "
                + (until.get() - before) + " " + server.platform().counters().requests());
        assertThat(until.get() - before).isBetween(3L, 4L);
        assertThat(server.platform().counters().requests("sandbox.list") - lists)
                .isEqualTo(1);
    }

    @Test
    void aRunLooksOnceForWhatDeadProcessesLeftHoweverManySamplesItHas() {
        run(spec(50, says()));
        assertThat(server.platform().counters().requests("sandbox.list")).isEqualTo(1);
    }

    /** All requests but the lists: a run looks once for what dead processes left, beside its samples. */
    private long samplesRequests() {
        PlatformCounters counters = server.platform().counters();
        return counters.totalRequests() - counters.requests("sandbox.list");
    }

    @Test
    void aSnapshotThatGoesAwayBetweenTheLookAndTheCreateIsMadeSureOfAgain() {
        run(spec(1, says()));
        ApiClient api = ApiClient.of(server.url(), server.key());
        String id = own(api);
        api.send("POST", "/snapshots/" + id + "/deactivate");
        assertThat(outcomes(run(spec(5, says())))).hasSize(5).allMatch(Outcome.Scored.class::isInstance);
        assertThat(server.platform().counters().requests("snapshot.activate")).isEqualTo(1);
        api.send("DELETE", "/snapshots/" + id);
        assertThat(outcomes(run(spec(5, says())))).hasSize(5).allMatch(Outcome.Scored.class::isInstance);
        assertThat(server.platform().counters().snapshots()).isEqualTo(2);
    }

    @Test
    void aLoanMakesSureOfItAgainToo() {
        SandboxRequest request = SandboxRequest.of(new SandboxSpec.Dockerfile(folder.resolve("Dockerfile")));
        assertThat(engine.withSandbox(request, sandbox -> reactor.core.publisher.Mono.just(sandbox.name()))
                        .block(PATIENCE))
                .isNotBlank();
        ApiClient api = ApiClient.of(server.url(), server.key());
        api.send("DELETE", "/snapshots/" + own(api));
        assertThat(engine.withSandbox(request, sandbox -> reactor.core.publisher.Mono.just(sandbox.name()))
                        .block(PATIENCE))
                .isNotBlank();
    }

    private static String own(ApiClient api) {
        return api.send("GET", "/snapshots?limit=200&name=sandflock-")
                .json()
                .path("items")
                .path(0)
                .path("id")
                .asText();
    }

    @Test
    void aBuildThatFailsIsBuiltOnceForAllSamplesAndIsNobodysScore() {
        AtomicLong built = new AtomicLong();
        builds = image -> {
            built.incrementAndGet();
            return BuildScript.fails("exit code: 1", "make: *** No rule\n").build(image);
        };
        RunSpec spec = spec(40, says());
        List<RunEvent> events = run(spec.withLimits(spec.limits().withMaxSandboxes(4)));
        assertThat(outcomes(events)).hasSize(40).allSatisfy(outcome -> {
            assertThat(outcome).isInstanceOf(Outcome.InfrastructureFailed.class);
            assertThat(outcome.message()).contains("make: *** No rule");
        });
        assertThat(built).hasValue(1);
        assertThat(server.platform().counters().created()).isZero();
    }

    @Test
    void whatAComposeFileSaysOfItsOneServiceIsInTheRequestsAndToldOnce() throws IOException {
        SandboxSpec model = SandboxSpec.compose("""
                services:
                  app:
                    image: python:3.12
                    environment: {A: "1"}
                    network_mode: none
                x-daytona:
                  auto_stop_interval: 0
                  ephemeral: true
                  language: python
                  labels: {team: blue, inspect_run_id: mine}
                  public: true
                  os_user: root
                  resources: {cpu: 2}
                """, folder);
        List<Sample> samples = IntStream.range(0, 3)
                .mapToObj(i -> new Sample("s" + i, "", List.of(), Map.of(), Optional.of(model)))
                .toList();
        List<RunEvent> events = run(RunSpec.of("composed", samples, says()));
        assertThat(outcomes(events)).hasSize(3).allMatch(Outcome.Scored.class::isInstance);
        assertThat(events)
                .filteredOn(event -> event instanceof RunEvent.Warning warning
                        && warning.message().contains("auto_stop_interval"))
                .hasSize(1);
        JsonNode create = sent("/api/sandbox");
        assertThat(create.path("snapshot").asText()).startsWith("sandflock-");
        assertThat(create.path("user").asText()).isEqualTo("root");
        assertThat(create.path("env").path("A").asText()).isEqualTo("1");
        assertThat(create.path("networkBlockAll").asBoolean()).isTrue();
        assertThat(create.path("public").asBoolean()).isTrue();
        assertThat(create.path("labels").path("team").asText()).isEqualTo("blue");
        assertThat(create.path("labels").path("inspect_run_id").asText()).isNotEqualTo("mine");
        assertThat(create.path("labels").path("code-toolbox-language").asText()).isEqualTo("python");
        assertThat(create.path("autoStopInterval").asInt()).isPositive();
        assertThat(create.path("autoDeleteInterval").asInt(-1)).isZero();
        assertThat(create.has("cpu")).isFalse();
        assertThat(sent("/api/snapshots").path("cpu").asInt()).isEqualTo(2);
    }

    private JsonNode sent(String path) throws IOException {
        for (Exchange exchange : server.exchanges()) {
            if (exchange.method().equals("POST") && exchange.path().equals(path)) {
                return new ObjectMapper().readTree(exchange.requestBody());
            }
        }
        throw new AssertionError("nothing was sent to " + path);
    }

    @Test
    void aMissingSourceIsRefusedBeforeAnythingIsAskedOfThePlatform() throws IOException {
        Files.delete(folder.resolve("main.py"));
        List<RunEvent> events = run(spec(3, says()));
        assertThat(outcomes(events))
                .hasSize(3)
                .allSatisfy(outcome -> assertThat(outcome.message()).contains("Dockerfile:2: COPY needs 'main.py'"));
        assertThat(server.platform().counters().requests().keySet()).isSubsetOf("config", "sandbox.list");
    }
}
