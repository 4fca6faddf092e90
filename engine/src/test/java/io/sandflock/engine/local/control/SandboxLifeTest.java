/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.testing.ApiClient;
import io.sandflock.engine.testing.ApiClient.Reply;
import io.sandflock.engine.testing.TestPlatform;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;

/** Starts, stops, idle times, and everything else that changes a sandbox. */
class SandboxLifeTest {

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
    private final InstantSource clock = now::get;

    @RegisterExtension
    final TestPlatform platform = TestPlatform.create()
            .simulated(options -> options.withImages())
            .local(options -> options.withClock(clock, Duration.ofMillis(20)));

    private ApiClient api = ApiClient.of(URI.create("http://127.0.0.1/"), "none");

    @BeforeEach
    void connect() {
        api = ApiClient.of(platform.url(), platform.key());
    }

    @Test
    void aSandboxIsStoppedStartedAndRefusesWhatItsStateDoesNotAllow() {
        create("s", "");
        assertThat(api.send("POST", "/sandbox/s/start").text("message")).isEqualTo("Sandbox is not in valid state");
        assertThat(api.send("POST", "/sandbox/s/stop").status()).isEqualTo(200);
        await("s", "stopped");
        assertThat(api.send("POST", "/sandbox/s/stop").text("message"))
                .isEqualTo("Sandbox is not in a stoppable state");
        assertThat(api.send("POST", "/sandbox/s/start").text("state")).isEqualTo("started");
        api.send("POST", "/sandbox/s/stop?force=true");
        await("s", "stopped");
        assertThat(api.send("POST", "/sandbox/s/archive").text("state")).isEqualTo("archived");
        assertThat(api.send("POST", "/sandbox/s/start").text("state")).isEqualTo("started");
        api.send("DELETE", "/sandbox/s");
    }

    @Test
    void anEphemeralSandboxIsGoneWhenItIsStopped() {
        create("e", ",\"autoDeleteInterval\":0");
        api.send("POST", "/sandbox/e/stop");
        awaitGone("e");
    }

    @Test
    void anIdleSandboxIsStoppedAndOneInUseIsNot() {
        String id = create("idle", ",\"autoStopInterval\":1");
        create("used", ",\"autoStopInterval\":2");
        create("never", ",\"autoStopInterval\":0");
        pass(Duration.ofSeconds(61));
        await("idle", "stopped");
        assertThat(api.send("GET", "/sandbox/used").text("state")).isEqualTo("started");
        assertThat(api.send("GET", "/sandbox/never").text("state")).isEqualTo("started");
        assertThat(api.send("POST", "/sandbox/" + id + "/last-activity").status())
                .isEqualTo(201);
        assertThat(api.send("POST", "/sandbox/idle/last-activity").status()).isEqualTo(404);
        for (String name : new String[] {"idle", "used", "never"}) {
            api.send("DELETE", "/sandbox/" + name);
        }
    }

    @Test
    void aStoppedSandboxIsArchivedOrDeletedWhenItsTimeHasPassed() {
        create("archived", ",\"autoStopInterval\":0,\"autoArchiveInterval\":5");
        create("deleted", ",\"autoStopInterval\":0,\"autoDeleteInterval\":5");
        create("expired", ",\"autoStopInterval\":0,\"ttlMinutes\":5");
        assertThat(api.send("GET", "/sandbox/expired").text("autoDestroyAt")).isNotEmpty();
        api.send("POST", "/sandbox/archived/stop");
        api.send("POST", "/sandbox/deleted/stop");
        await("archived", "stopped");
        await("deleted", "stopped");
        pass(Duration.ofMinutes(6));
        await("archived", "archived");
        awaitGone("deleted");
        awaitGone("expired");
        api.send("DELETE", "/sandbox/archived");
    }

    @Test
    void aMachineThatDiesIsAStoppedSandbox() {
        String id = create("dying", "");
        assertThat(platform.substrate().kill(id)).isTrue();
        await("dying", "stopped");
        assertThat(api.send("POST", "/sandbox/dying/start").text("state")).isEqualTo("started");
        api.send("DELETE", "/sandbox/dying");
    }

    @Test
    void labelsAreReplacedAndListsFilterByThem() {
        create("a", ",\"labels\":{\"run\":\"1\",\"k\":\"v\"}");
        create("b", ",\"labels\":{\"run\":\"2\"}");
        assertThat(api.send("PUT", "/sandbox/b/labels", "{\"labels\":{\"run\":\"1\"}}")
                        .json()
                        .path("labels")
                        .size())
                .isEqualTo(1);
        assertThat(api.send("GET", "/sandbox?labels=%7B%22run%22:%221%22%7D")
                        .json()
                        .path("items")
                        .size())
                .isEqualTo(2);
        assertThat(api.send(
                                "GET",
                                "/sandbox?labels=%7B%22run%22:%221%22,%22k%22:%22v%22%7D&states=started&states=error")
                        .json()
                        .path("items")
                        .size())
                .isEqualTo(1);
        assertThat(api.send("GET", "/sandbox?labels=nonsense").status()).isEqualTo(400);
        assertThat(api.send("GET", "/sandbox?cursor=nonsense").status()).isEqualTo(400);
        assertThat(api.send("GET", "/sandbox?limit=201").status()).isEqualTo(400);
        assertThat(api.send("GET", "/sandbox/paginated?limit=1")
                        .json()
                        .path("totalPages")
                        .asInt())
                .isEqualTo(2);
        api.send("DELETE", "/sandbox/a");
        api.send("DELETE", "/sandbox/b");
    }

    @Test
    void settingsAreChangedAndWhatThereIsNotSaysSo() {
        String id = create("set", "");
        assertThat(api.send("POST", "/sandbox/set/autostop/7")
                        .json()
                        .path("autoStopInterval")
                        .asInt())
                .isEqualTo(7);
        assertThat(api.send("POST", "/sandbox/set/autostop/-1").status()).isEqualTo(400);
        assertThat(api.send("POST", "/sandbox/set/autodelete/9")
                        .json()
                        .path("autoDeleteInterval")
                        .asInt())
                .isEqualTo(9);
        assertThat(api.send("POST", "/sandbox/set/autoarchive/0")
                        .json()
                        .path("autoArchiveInterval")
                        .asInt())
                .isEqualTo(43_200);
        assertThat(api.send("POST", "/sandbox/set/public/true")
                        .json()
                        .path("public")
                        .asBoolean())
                .isTrue();
        assertThat(api.send("GET", "/sandbox/" + id + "/toolbox-proxy-url").text("url"))
                .endsWith("/toolbox");
        assertThat(api.send("POST", "/sandbox/set/ssh-access").text("message")).contains("SSH");
        assertThat(api.send("GET", "/sandbox/set/ports/8080/preview-url").text("message"))
                .contains("preview");
        assertThat(api.send("POST", "/sandbox/set/fork").status()).isEqualTo(422);
        assertThat(api.send("POST", "/sandbox/set/pause").status()).isEqualTo(422);
        assertThat(api.send("POST", "/sandbox/none/fork").status()).isEqualTo(404);
        api.send("DELETE", "/sandbox/set");
    }

    @Test
    void aSnapshotIsBuiltUsedDeactivatedAndDeleted() {
        Reply made = api.send(
                "POST",
                "/snapshots",
                "{\"name\":\"mine\",\"buildInfo\":{\"dockerfileContent\":\"FROM a:1\"},\"cpu\":2}");
        assertThat(made.text("state")).isEqualTo("pending");
        assertThat(api.send("POST", "/snapshots", "{\"name\":\"mine\",\"imageName\":\"a:1\"}")
                        .status())
                .isEqualTo(409);
        assertThat(api.send("POST", "/snapshots", "{\"name\":\"b\",\"imageName\":\"a:latest\"}")
                        .status())
                .isEqualTo(400);
        String id = made.text("id");
        assertThat(api.send("GET", "/snapshots/mine").text("state")).isEqualTo("active");
        String log = api.send("GET", "/snapshots/" + id + "/build-logs-url").text("url");
        ApiClient logs = ApiClient.of(URI.create(log.replace("/build-logs", "")), platform.key());
        assertThat(logs.send("GET", "/build-logs?follow=true").text()).contains("simulated build of mine");
        assertThat(logs.send("GET", "/build-logs").text()).contains("simulated build of mine");
        create("from", ",\"snapshot\":\"mine\"");
        assertThat(api.send("GET", "/sandbox/from").json().path("cpu").asInt()).isEqualTo(2);
        assertThat(api.send("POST", "/snapshots/" + id + "/activate").status()).isEqualTo(400);
        assertThat(api.send("POST", "/snapshots/" + id + "/deactivate").status())
                .isEqualTo(204);
        assertThat(api.send("POST", "/sandbox", "{\"snapshot\":\"mine\"}").text("message"))
                .isEqualTo("Snapshot mine is inactive");
        assertThat(api.send("POST", "/snapshots/" + id + "/activate").text("state"))
                .isEqualTo("active");
        assertThat(api.send("DELETE", "/snapshots/mine").status()).isEqualTo(400);
        assertThat(api.send("DELETE", "/snapshots/" + id).status()).isEqualTo(200);
        String general = api.send("GET", "/snapshots/daytona-small").text("id");
        assertThat(api.send("DELETE", "/snapshots/" + general).status()).isEqualTo(403);
        assertThat(api.send("GET", "/snapshots?limit=2")
                        .json()
                        .path("totalPages")
                        .asInt())
                .isEqualTo(2);
        assertThat(api.send("POST", "/sandbox", "{\"snapshot\":\"nope\"}").text("message"))
                .startsWith("Snapshot nope not found.");
        api.send("DELETE", "/sandbox/from");
    }

    @Test
    void aSandboxFromADockerfileStartsWhenItIsBuilt() {
        Reply made = api.send(
                "POST", "/sandbox", "{\"name\":\"d\",\"cpu\":3,\"buildInfo\":{\"dockerfileContent\":\"FROM a:1\"}}");
        assertThat(made.status()).as(made.text()).isEqualTo(200);
        await("d", "started");
        assertThat(api.send("GET", "/sandbox/d")
                        .json()
                        .path("buildInfo")
                        .path("snapshotRef")
                        .asText())
                .startsWith("daytona-")
                .endsWith(":daytona");
        api.send("DELETE", "/sandbox/d");
    }

    @Test
    void aClosedPlatformLeavesNothing() {
        platform.mayLeaveSandboxes();
        for (int i = 0; i < 20; i++) {
            create("left" + i, "");
        }
        assertThat(platform.substrate().live()).isEqualTo(20);
    }

    private void pass(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    private String create(String name, String more) {
        Reply reply = api.send("POST", "/sandbox", "{\"name\":\"" + name + "\"" + more + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.text("id");
    }

    private void await(String name, String state) {
        until(name, reply -> reply.text("state").equals(state));
    }

    private void awaitGone(String name) {
        until(name, reply -> reply.status() == 404);
    }

    private void until(String name, java.util.function.Predicate<Reply> holds) {
        Mono.defer(() -> api.later("GET", "/sandbox/" + name, ""))
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(10)))
                .takeUntil(holds)
                .blockLast(Duration.ofSeconds(30));
    }
}
