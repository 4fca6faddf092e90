/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.engine.frame.ExecCall;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecutionId;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.frame.ReplyText;
import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.simulated.CommandScript;
import io.sandflock.engine.testing.ApiClient;
import io.sandflock.engine.testing.ApiClient.Reply;
import io.sandflock.engine.testing.TestPlatform;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;

/** Every fault of section 6.4 of the protocol's reference, as a client sees it. */
class FaultTest {

    private static final Duration LAG = Duration.ofMillis(300);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
    private final InstantSource clock = now::get;

    @RegisterExtension
    final TestPlatform platform = TestPlatform.create()
            .simulated(options -> options.withScript(CommandScript.prints("hello")))
            .local(options -> options.withClock(clock, Duration.ofSeconds(10)));

    private ApiClient api = ApiClient.of(URI.create("http://127.0.0.1/"), "none");

    @BeforeEach
    void connect() {
        api = ApiClient.of(platform.url(), platform.key());
    }

    @Test
    void aSlowCreateAnswersLateAndInTheSameRequest() {
        platform.faults().once("sandbox.create", new Fault.SlowAnswer(LAG));
        Mono<Reply> slow = api.later("POST", "/sandbox", "{\"name\":\"slow\"}");
        assertThat(slow.elapsed()
                        .blockOptional(Duration.ofSeconds(30))
                        .orElseThrow()
                        .getT1())
                .isGreaterThanOrEqualTo(LAG.toMillis());
        delete("slow");
    }

    @Test
    void aStaleAnswerSaysCreatingOfASandboxThatIsStarted() {
        platform.faults().once("sandbox.create", new Fault.StaleAnswer());
        assertThat(create("stale").text("state")).isEqualTo("creating");
        assertThat(api.send("GET", "/sandbox/stale").text("state")).isEqualTo("started");
        delete("stale");
    }

    @Test
    void aFailedStartIsA400WithoutIdAndLeavesARowInError() {
        platform.faults().once("sandbox.create", new Fault.FailedStart("no such image layer"));
        Reply refused = create("failing");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text("message")).isEqualTo("Sandbox failed to start: no such image layer");
        assertThat(refused.json().has("id")).isFalse();
        Reply left = api.send("GET", "/sandbox/failing");
        assertThat(left.text("state")).isEqualTo("error");
        assertThat(left.text("errorReason")).isEqualTo("no such image layer");
        delete("failing");
    }

    @Test
    void refusalsOfQuotaRunnersNamesAndRatesCreateNothing() {
        List<Fault.Refusal> refusals = List.of(
                new Fault.Refusal(400, "Total CPU limit exceeded. Maximum allowed: 10."),
                new Fault.Refusal(400, "No available runners"),
                new Fault.Refusal(409, "Sandbox with name x already exists"),
                new Fault.Refusal(
                        429, "ThrottlerException: Too Many Requests", Map.of("Retry-After-sandbox-create", "7")));
        for (Fault.Refusal refusal : refusals) {
            platform.faults().once("sandbox.create", refusal);
            Reply reply = create("x");
            assertThat(reply.status()).isEqualTo(refusal.status());
            assertThat(reply.text("message")).isEqualTo(refusal.message());
            refusal.headers()
                    .forEach((name, value) ->
                            assertThat(reply.headers().get(name)).isEqualTo(value));
        }
        assertThat(platform.platform().counters().created()).isZero();
    }

    @Test
    void aBadGatewayHasNoBodyAndTellsNothingOfWhetherTheSandboxExists() {
        platform.faults().once("sandbox.create", new Fault.BadGateway(false));
        Reply before = create("lost");
        assertThat(before.status()).isEqualTo(502);
        assertThat(before.body()).isEmpty();
        assertThat(api.send("GET", "/sandbox/lost").status()).isEqualTo(404);
        platform.faults().once("sandbox.create", new Fault.BadGateway(true));
        Reply after = create("lost");
        assertThat(after.status()).isEqualTo(502);
        assertThat(after.body()).isEmpty();
        assertThat(create("lost").status()).isEqualTo(409);
        delete("lost");
    }

    @Test
    void aResetAfterTheCommitLeavesTheSandbox() {
        platform.faults().once("sandbox.create", new Fault.Reset(false)).once("sandbox.create", new Fault.Reset(true));
        assertThatThrownBy(() -> create("cut")).hasStackTraceContaining("onnection");
        assertThat(api.send("GET", "/sandbox/cut").status()).isEqualTo(404);
        assertThatThrownBy(() -> create("cut")).hasStackTraceContaining("onnection");
        assertThat(api.send("GET", "/sandbox/cut").text("state")).isEqualTo("started");
        delete("cut");
    }

    @Test
    void anAnswerThatIsNeverSentLeavesTheSandbox() {
        platform.faults().once("sandbox.create", new Fault.NoAnswer(true));
        Mono<Reply> waiting =
                api.later("POST", "/sandbox", "{\"name\":\"silent\"}").timeout(LAG, Mono.empty());
        assertThat(waiting.blockOptional(Duration.ofSeconds(30))).isEmpty();
        assertThat(create("silent").status()).isEqualTo(409);
        delete("silent");
    }

    @Test
    void aBuildIsAnsweredAtOnceAndGoesThroughItsStates() {
        platform.faults().once("sandbox.create", new Fault.PendingBuild(Duration.ofMillis(100)));
        Reply created = create("built");
        assertThat(created.text("state")).isEqualTo("pending_build");
        List<String> states = states("built");
        assertThat(states).endsWith("started");
        assertThat(List.of("pending_build", "building_snapshot", "pulling_snapshot", "creating", "started"))
                .containsSubsequence(states);
        delete("built");
    }

    @Test
    void aDeleteWhileCreatingIsRefusedUntilItIsCreated() {
        platform.faults().once("sandbox.create", new Fault.PendingBuild(Duration.ofSeconds(1)));
        String id = create("early").text("id");
        states("early", "creating");
        Reply refused = api.send("DELETE", "/sandbox/" + id);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text("message")).isEqualTo("Sandbox state change in progress");
        states("early", "started");
        delete("early");
    }

    @Test
    void aPendingBuildCanBeDeletedAtOnce() {
        platform.faults().once("sandbox.create", new Fault.PendingBuild(Duration.ofMinutes(1)));
        String id = create("never").text("id");
        assertThat(api.send("DELETE", "/sandbox/" + id).status()).isEqualTo(200);
        assertThat(platform.substrate().live()).isZero();
    }

    @Test
    void aListLagsBehind() {
        platform.faults().once("sandbox.create", new Fault.ListLag(LAG));
        create("lagging");
        assertThat(api.send("GET", "/sandbox").json().path("items")).isEmpty();
        pass();
        assertThat(api.send("GET", "/sandbox").json().path("items")).hasSize(1);
        delete("lagging");
    }

    @Test
    void aNameIsNotFoundShortlyAfterTheCommitAndStillTaken() {
        platform.faults().once("sandbox.create", new Fault.NameLag(LAG));
        String id = create("hidden").text("id");
        assertThat(api.send("GET", "/sandbox/hidden").status()).isEqualTo(404);
        assertThat(api.send("GET", "/sandbox/" + id).status()).isEqualTo(200);
        assertThat(create("hidden").status()).isEqualTo(409);
        pass();
        assertThat(api.send("GET", "/sandbox/hidden").text("id")).isEqualTo(id);
        delete("hidden");
    }

    @Test
    void aStateThatNobodyKnowsIsShownForAWhile() {
        platform.mayLeaveTheDocuments();
        platform.faults().once("sandbox.create", new Fault.UnknownState("hibernating", LAG));
        assertThat(create("odd").text("state")).isEqualTo("hibernating");
        pass();
        assertThat(api.send("GET", "/sandbox/odd").text("state")).isEqualTo("started");
        delete("odd");
    }

    @Test
    void aDaemonThatDiedIs502Then400ThenStopped() {
        String id = create("oom").text("id");
        ApiClient toolbox = toolbox(id);
        platform.faults().once("toolbox", new Fault.DaemonDeath(Duration.ofSeconds(3)));
        Reply first = toolbox.send("GET", "/work-dir");
        assertThat(first.status()).isEqualTo(502);
        assertThat(first.body()).isEmpty();
        Reply second = toolbox.send("GET", "/work-dir");
        assertThat(second.status()).isEqualTo(400);
        assertThat(second.text("message")).contains("no IP address found. Is the Sandbox started?");
        assertThat(api.send("GET", "/sandbox/" + id).text("state")).isEqualTo("started");
        states("oom", "stopped");
        delete("oom");
    }

    @Test
    void aCommandWhoseAnswerWasLostRanAndIsNotRunAgain() {
        ApiClient toolbox = toolbox(create("once").text("id"));
        ExecutionId id = new ExecutionId("abcdefgh", 1);
        platform.faults().once("toolbox", new Fault.BadGateway(true)).once("toolbox", new Fault.Reset(true));
        assertThat(execute(toolbox, id).status()).isEqualTo(502);
        assertThatThrownBy(() -> execute(toolbox, id)).hasStackTraceContaining("onnection");
        Reply third = execute(toolbox, id);
        assertThat(third.status()).as(third.text()).isEqualTo(200);
        ExecReply reply = ReplyText.decode(third.text("result"), id).orElseThrow();
        assertThat(reply.status()).isEqualTo(ExecReply.Status.DONE);
        assertThat(reply.claimed()).isFalse();
        assertThat(new String(reply.stdout().bytes(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("hello");
        assertThat(platform.substrate().runs()).containsExactly(Map.entry("abcdefgh-1", 1L));
        delete("once");
    }

    private static Reply execute(ApiClient toolbox, ExecutionId id) {
        ExecCall call = new ExecCall(
                id,
                ExecCall.Operation.START,
                ExecCall.Answer.atEnd(Duration.ofSeconds(5), 0, 1 << 20),
                Optional.of(new ExecCall.Start(
                        List.of("true"),
                        List.of(),
                        Optional.empty(),
                        Optional.empty(),
                        new ExecCall.Stdin.None(),
                        0,
                        List.of(),
                        Optional.empty())),
                List.of(),
                List.of());
        String text = com.fasterxml.jackson.databind.node.TextNode.valueOf(
                        ProgramText.encode(call).text())
                .toString();
        return toolbox.send("POST", "/process/execute", "{\"command\":" + text + "}");
    }

    private ApiClient toolbox(String id) {
        URI base = URI.create(platform.url().toString().replace("/api", "/toolbox/" + id));
        return ApiClient.of(base, platform.key());
    }

    private Reply create(String name) {
        return api.send("POST", "/sandbox", "{\"name\":\"" + name + "\"}");
    }

    private void delete(String name) {
        Reply reply = api.send("DELETE", "/sandbox/" + name);
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    }

    /** The states that a sandbox goes through until it is started. */
    private List<String> states(String name) {
        return states(name, "started");
    }

    private List<String> states(String name, String last) {
        return Mono.defer(() -> api.later("GET", "/sandbox/" + name, ""))
                .map(reply -> reply.text("state"))
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(20)))
                .takeUntil(last::equals)
                .distinctUntilChanged()
                .collectList()
                .blockOptional(Duration.ofSeconds(30))
                .orElseThrow();
    }

    /** The scripted lags have passed. */
    private void pass() {
        now.updateAndGet(instant -> instant.plus(LAG));
    }
}
