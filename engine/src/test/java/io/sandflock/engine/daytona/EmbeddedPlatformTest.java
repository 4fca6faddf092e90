/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static io.sandflock.engine.daytona.ControlPlaneTest.failure;
import static io.sandflock.engine.daytona.ScriptedServer.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.ErrorCode;
import io.sandflock.Secret;
import io.sandflock.engine.local.Exchange;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.simulated.SimulatedOptions;
import io.sandflock.engine.local.simulated.SimulatedSubstrate;
import io.sandflock.engine.openapi.OpenApi;
import io.sandflock.engine.openapi.Recorded;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.StateEvents.Change;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** The client against the embedded platform: each side was written from the protocol alone. */
class EmbeddedPlatformTest {

    private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();
    private LocalPlatform local;
    private DaytonaPlatform platform;

    @BeforeEach
    void start() {
        local = LocalPlatform.start(LocalOptions.of(SimulatedSubstrate.of(SimulatedOptions.DEFAULT))
                        .withExchanges(exchanges::add))
                .block(PATIENCE);
        platform = DaytonaPlatform.create(DaytonaSettings.of(local.key()).withUrl(local.url()));
    }

    @AfterEach
    void everyExchangeIsAsTheDocumentsSay() {
        platform.closeLater().block(PATIENCE);
        local.closeLater().block(PATIENCE);
        OpenApi.find()
                .ifPresent(documents -> assertThat(exchanges)
                        .filteredOn(exchange -> exchange.path().startsWith("/api/"))
                        .flatExtracting(exchange -> documents.controlPlane().violations(recorded(exchange)))
                        .isEmpty());
    }

    @Test
    void aSandboxLivesAndDies() {
        SandboxInfo created = platform.sandboxes().create(creation("one")).block(PATIENCE);
        assertThat(platform.sandboxes().get("one").block(PATIENCE).id()).isEqualTo(created.id());
        assertThat(platform.sandboxes().get(created.id()).block(PATIENCE).state())
                .isEqualTo(SandboxState.STARTED);
        assertThat(failure(platform.sandboxes().create(creation("one"))).code()).isEqualTo(ErrorCode.CONFLICT);
        assertThat(platform.sandboxes().replaceLabels("one", Map.of("run", "2")).block(PATIENCE))
                .containsEntry("run", "2");
        platform.sandboxes().setAutoStop(created.id(), Duration.ofMinutes(5)).block(PATIENCE);
        platform.sandboxes().touch(created.id()).block(PATIENCE);
        platform.sandboxes().stop(created.id(), false).block(PATIENCE);
        platform.sandboxes().start(created.id()).block(PATIENCE);
        platform.sandboxes().delete(created.id()).block(PATIENCE);
        platform.sandboxes().delete(created.id()).block(PATIENCE);
        assertThat(failure(platform.sandboxes().get(created.id())).code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void aListingOfManyPagesIsWhole() {
        Flux.range(0, 450)
                .flatMap(i -> platform.sandboxes().create(creation("s" + i)), 32, 1)
                .then()
                .block(PATIENCE);

        assertThat(platform.sandboxes()
                        .list(Map.of("run", "1"))
                        .map(SandboxInfo::name)
                        .distinct()
                        .count()
                        .block(PATIENCE))
                .isEqualTo(450);
        assertThat(platform.sandboxes().list(Map.of("run", "other")).count().block(PATIENCE))
                .isZero();
        platform.sandboxes()
                .list(Map.of())
                .flatMap(sandbox -> platform.sandboxes().delete(sandbox.id()), 32, 1)
                .then()
                .block(PATIENCE);
    }

    @Test
    void thePlatformDescribesItselfAndItsSnapshots() {
        assertThat(platform.info().block(PATIENCE).defaultSnapshot()).contains("daytona-small");
        assertThat(platform.snapshots()
                        .list()
                        .map(snapshot -> snapshot.name())
                        .collectList()
                        .block(PATIENCE))
                .contains("daytona-small", "daytona-large");
        assertThat(failure(platform.snapshots().get("no/such:1")).code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void aWrongKeyIsRefused() {
        DaytonaPlatform stranger =
                DaytonaPlatform.create(DaytonaSettings.of(Secret.of("wrong")).withUrl(local.url()));

        assertThat(failure(stranger.sandboxes().get("x")).code()).isEqualTo(ErrorCode.UNAUTHORIZED);
        stranger.closeLater().block(PATIENCE);
    }

    @Test
    void stateChangesComeOverTheEventSocket() {
        SandboxInfo created = platform.sandboxes().create(creation("e")).block(PATIENCE);

        StepVerifier.create(platform.stateEvents().of(created.id()))
                .expectNext(Change.LOST)
                .then(() -> platform.sandboxes().stop(created.id(), true).block(PATIENCE))
                .thenConsumeWhile(change -> change.state() != SandboxState.STOPPED)
                .expectNextMatches(change -> change.state() == SandboxState.STOPPED)
                .thenCancel()
                .verify(PATIENCE);
        platform.sandboxes().delete(created.id()).block(PATIENCE);
    }

    private static CreateSandbox creation(String name) {
        return new CreateSandbox(
                name,
                new CreateSandbox.Source.Snapshot(null),
                Optional.empty(),
                Map.of("K", "v"),
                Map.of("run", "1"),
                false,
                Optional.empty(),
                false,
                Optional.empty(),
                CreateSandbox.Resources.DEFAULT,
                CreateSandbox.Intervals.DEFAULT);
    }

    private static Recorded recorded(Exchange exchange) {
        return new Recorded(
                exchange.method(),
                exchange.path().substring("/api".length()),
                exchange.query(),
                exchange.requestType(),
                exchange.requestBody(),
                exchange.status(),
                exchange.responseType(),
                exchange.responseBody());
    }
}
