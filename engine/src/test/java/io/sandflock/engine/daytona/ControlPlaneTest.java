/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static io.sandflock.engine.daytona.ScriptedServer.PATIENCE;
import static io.sandflock.engine.daytona.ScriptedServer.answer;
import static io.sandflock.engine.daytona.ScriptedServer.hangUp;
import static io.sandflock.engine.daytona.ScriptedServer.reset;
import static io.sandflock.engine.daytona.ScriptedServer.sandboxJson;
import static io.sandflock.engine.daytona.ScriptedServer.send;
import static io.sandflock.engine.daytona.ScriptedServer.stall;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.ErrorCode;
import io.sandflock.PermanentException;
import io.sandflock.SandflockException;
import io.sandflock.Secret;
import io.sandflock.TransientException;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.RequestMeter;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class ControlPlaneTest {

    @Test
    void aSandboxIsDecodedAndItsUnknownFieldsAreIgnored() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, sandboxJson("a", "started"))))) {
            SandboxInfo info = at.platform.sandboxes().get("a").block(PATIENCE);

            assertThat(info.id()).isEqualTo("a");
            assertThat(info.state()).isEqualTo(SandboxState.STARTED);
            assertThat(info.cpu()).isEqualTo(1.5);
            assertThat(info.labels()).containsExactly(Map.entry("a", "b"));
            assertThat(info.toString()).doesNotContain("top-secret");
            ScriptedServer.Request request = at.server.requests.get(0);
            assertThat(request.header("authorization")).isEqualTo("Bearer key-of-the-test");
            assertThat(request.header("x-daytona-source")).isEqualTo("sandflock");
            assertThat(request.header("x-daytona-sdk-version")).isEqualTo("0.190.0");
            assertThat(request.header("x-daytona-organization-id")).isEmpty();
            assertThat(request.header("user-agent")).startsWith("sandflock/");
        }
    }

    @Test
    void anUnknownStateIsTolerated() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, sandboxJson("a", "levitating"))))) {
            SandboxInfo info = at.platform.sandboxes().get("a").block(PATIENCE);

            assertThat(info.state()).isEqualTo(SandboxState.UNKNOWN);
            assertThat(info.rawState()).isEqualTo("levitating");
        }
    }

    @Test
    void aNameIsEncodedIntoOneSegment() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(404, "{\"message\":\"no\"}")))) {
            assertThat(failure(at.platform.snapshots().get("org/img:1@sha256 ü"))
                            .code())
                    .isEqualTo(ErrorCode.NOT_FOUND);

            assertThat(at.server.requests.get(0).target()).isEqualTo("/api/snapshots/org%2Fimg%3A1%40sha256%20%C3%BC");
        }
        assertThatThrownBy(() -> Call.segment("..")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aCreationSaysWhatWasAskedForAndNothingElse() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, sandboxJson("a", "creating"))))) {
            RequestMeter meter = new RequestMeter();
            at.platform
                    .sandboxes()
                    .create(new CreateSandbox(
                            "inspect-x",
                            new CreateSandbox.Source.Build("FROM x\n", List.of("ff")),
                            Optional.of("root"),
                            Map.of("K", "v"),
                            Map.of("l", "m"),
                            true,
                            Optional.empty(),
                            false,
                            Optional.empty(),
                            new CreateSandbox.Resources(
                                    OptionalInt.of(2), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty()),
                            new CreateSandbox.Intervals(OptionalInt.of(30), OptionalInt.empty(), OptionalInt.of(0))))
                    .contextWrite(meter::putInto)
                    .block(PATIENCE);

            assertThat(Json.tree(at.server.requests.get(0).body().getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                    .isEqualTo(Json.tree(
                            ("{'name':'inspect-x','buildInfo':{'dockerfileContent':'FROM x\\n','contextHashes':['ff']},"
                                            + "'user':'root','env':{'K':'v'},'labels':{'l':'m'},'public':false,'networkBlockAll':true,"
                                            + "'cpu':2,'autoStopInterval':30,'autoDeleteInterval':0}")
                                    .replace('\'', '"')
                                    .getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            assertThat(meter.requests()).isEqualTo(1);
        }
    }

    @Test
    void anEmpty502IsAPlatformError() {
        SandflockException error = failureOf(answer(502, ""));

        assertThat(error).isInstanceOf(TransientException.class);
        assertThat(error.code()).isEqualTo(ErrorCode.PLATFORM_ERROR);
        assertThat(error.context().httpStatus()).isEqualTo(502);
    }

    @Test
    void a429CarriesTheTimeOfItsThrottler() {
        SandflockException error =
                failureOf(answer(429, "{\"message\":\"Too Many\"}", "RETRY-AFTER-sandbox-create: 12"));

        assertThat(((TransientException) error).retryAfter()).contains(Duration.ofSeconds(12));
    }

    @Test
    void aTruncatedBodyIsABrokenConnection() {
        SandflockException error = failureOf(send("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"id\":"), hangUp());

        assertThat(error.code()).isEqualTo(ErrorCode.UNREACHABLE);
        assertThat(error.getMessage()).contains("broke before the answer was complete");
    }

    @Test
    void aTruncatedErrorBodyKeepsItsStatusAndWhatCame() {
        SandflockException error =
                failureOf(send("HTTP/1.1 401 Unauthorized\r\ncontent-length: 500\r\n\r\nInvalid cred"), hangUp());

        assertThat(error.code()).isEqualTo(ErrorCode.UNAUTHORIZED);
        assertThat(error.getMessage()).contains("Invalid cred");
    }

    @Test
    void aResetIsABrokenConnection() {
        assertThat(failureOf(reset()).code()).isEqualTo(ErrorCode.UNREACHABLE);
    }

    @Test
    void aBrokenConnectionIsNotTriedAgain() {
        try (Fixture at = new Fixture(ScriptedServer.always(hangUp()))) {
            assertThat(failure(at.platform.sandboxes().get("a")).code()).isEqualTo(ErrorCode.UNREACHABLE);

            assertThat(at.server.requests).hasSize(1);
        }
    }

    @Test
    void aStalledAnswerIsATimeout() {
        ScriptedServer server = ScriptedServer.always(send("HTTP/1.1 200 OK\r\n"), stall());
        try (Fixture at = new Fixture(server, Duration.ofMillis(300))) {
            SandflockException error = failure(at.platform.sandboxes().get("a"));

            assertThat(error).isInstanceOf(TransientException.class);
            assertThat(error.code()).isEqualTo(ErrorCode.TIMEOUT);
            assertThat(error.getMessage()).contains("within 300 ms").contains("http://127.0.0.1:");
        }
    }

    @Test
    void aTrickledAnswerIsATimeoutToo() {
        ScriptedServer server = ScriptedServer.always(
                send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"),
                (in, out) -> Flux.interval(Duration.ofMillis(50))
                        .onBackpressureDrop()
                        .concatMap(tick -> out.sendString(Mono.just(" ")).then(), 1)
                        .then());
        try (Fixture at = new Fixture(server, Duration.ofMillis(400))) {
            assertThat(failure(at.platform.sandboxes().get("a")).code()).isEqualTo(ErrorCode.TIMEOUT);
        }
    }

    @Test
    void whatIsNotHttpIsAPlatformError() {
        assertThat(failureOf(send("SSH-2.0-OpenSSH_9.6\r\n\r\n")).code()).isEqualTo(ErrorCode.PLATFORM_ERROR);
    }

    @Test
    void aRefusedConnectionNamesTheUrl() {
        DaytonaPlatform platform = DaytonaPlatform.create(
                DaytonaSettings.of(Secret.of("k")).withUrl(URI.create("http://127.0.0.1:1/api")));
        SandflockException error = failure(platform.sandboxes().get("a"));
        platform.closeLater().block(PATIENCE);

        assertThat(error.code()).isEqualTo(ErrorCode.UNREACHABLE);
        assertThat(error.getMessage()).contains("http://127.0.0.1:1 refused the connection");
    }

    @Test
    void aHostWithoutAnAddressIsNamed() {
        DaytonaPlatform platform = DaytonaPlatform.create(
                DaytonaSettings.of(Secret.of("k")).withUrl(URI.create("http://no-such-host.invalid/api")));
        SandflockException error = failure(platform.sandboxes().get("a"));
        platform.closeLater().block(PATIENCE);

        assertThat(error.code()).isEqualTo(ErrorCode.UNREACHABLE);
        assertThat(error.getMessage()).contains("no-such-host.invalid");
    }

    @Test
    void aMissingFieldIsNamed() {
        assertThat(failureOf(answer(200, "{\"name\":\"n\"}")).getMessage()).contains("the field 'id' is missing");
        assertThat(failureOf(answer(200, "{\"id\":\"n\",\"name\":\"x\",\"cpu\":\"many\"}"))
                        .getMessage())
                .contains("the field 'cpu' has an unexpected type")
                .doesNotContain("many");
        assertThat(failureOf(answer(200, "")).getMessage()).contains("the body is empty");
        assertThat(failureOf(answer(200, "<html>portal</html>", "content-type: text/html"))
                        .getMessage())
                .contains("text/html")
                .contains("<html>portal</html>");
    }

    @Test
    void aBodyWithoutEndIsRefusedAtTheBound() {
        byte[] chunk =
                ("100000\r\n" + " ".repeat(0x100000) + "\r\n").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        ScriptedServer server = ScriptedServer.always(
                send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
                (in, out) ->
                        out.sendByteArray(Flux.range(0, 100).map(i -> chunk)).then());
        try (Fixture at = new Fixture(server)) {
            SandflockException error = failure(at.platform.sandboxes().get("a"));

            assertThat(error).isInstanceOf(PermanentException.class);
            assertThat(error.code()).isEqualTo(ErrorCode.LIMIT_EXCEEDED);
        }
    }

    @Test
    void aLargeAnswerIsDecodedOffTheEventLoop() {
        String json = sandboxJson("a", "started").replace("[1]", "\"" + "x".repeat(Json.INLINE) + "\"");
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, json)))) {
            String thread = at.platform
                    .sandboxes()
                    .get("a")
                    .map(info -> Thread.currentThread().getName())
                    .block(PATIENCE);

            assertThat(thread).startsWith("parallel-");
        }
    }

    @Test
    void aListingGoesToTheEndInOrderOfCreation() {
        ScriptedServer server = new ScriptedServer(request -> {
            boolean second = request.target().contains("cursor=c%2B1");
            String items = sandboxJson(second ? "b" : "a", "started");
            return List.of(
                    answer(200, "{\"items\":[" + items + "],\"nextCursor\":" + (second ? "null" : "\"c+1\"") + "}"));
        });
        try (Fixture at = new Fixture(server)) {
            assertThat(at.platform
                            .sandboxes()
                            .list(Map.of("run", "1"))
                            .map(SandboxInfo::id)
                            .collectList()
                            .block(PATIENCE))
                    .containsExactly("a", "b");
            assertThat(server.requests.get(0).target())
                    .isEqualTo("/api/sandbox?limit=200&sort=createdAt&order=asc&labels=%7B%22run%22%3A%221%22%7D");
        }
    }

    @Test
    void aCursorThatStandsStillIsAnError() {
        String page = "{\"items\":[" + sandboxJson("a", "started") + "],\"nextCursor\":\"c\"}";
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, page)))) {
            assertThat(failure(at.platform.sandboxes().list(Map.of()).then()).getMessage())
                    .contains("'nextCursor'");
            assertThat(at.server.requests).hasSize(2);
        }
    }

    @Test
    void aPageWithoutItemsIsAnError() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, "{}")))) {
            assertThat(failure(at.platform.sandboxes().list(Map.of()).then()).getMessage())
                    .contains("'items' is missing");
        }
    }

    @Test
    void snapshotsArePagedByNumber() {
        ScriptedServer server = new ScriptedServer(request -> {
            int page = request.target().contains("page=2") ? 2 : 1;
            return List.of(answer(
                    200,
                    ("{'items':[{'id':'s" + page + "','name':'n','state':'active','general':true}],'page':" + page
                                    + ",'totalPages':2,'total':2}")
                            .replace('\'', '"')));
        });
        try (Fixture at = new Fixture(server)) {
            assertThat(at.platform
                            .snapshots()
                            .list()
                            .map(s -> s.id())
                            .collectList()
                            .block(PATIENCE))
                    .containsExactly("s1", "s2");
        }
    }

    @Test
    void deletingWhatIsGoneIsDone() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(404, "{\"message\":\"gone\"}")))) {
            assertThat(at.platform.sandboxes().delete("a").block(PATIENCE)).isNull();
            assertThat(at.platform.snapshots().delete("a").block(PATIENCE)).isNull();
        }
    }

    @Test
    void theSmallVerbsSayWhatTheyMean() {
        ScriptedServer server = new ScriptedServer(request -> List.of(
                request.target().endsWith("/labels")
                        ? answer(200, "{\"labels\":{\"x\":\"y\"}}")
                        : request.target().contains("ssh-access")
                                ? answer(200, "{\"sshCommand\":\"ssh t@h\",\"expiresAt\":\"2026\"}")
                                : answer(201, sandboxJson("a", "stopped"))));
        try (Fixture at = new Fixture(server)) {
            at.platform.sandboxes().setAutoStop("a", Duration.ofSeconds(61)).block(PATIENCE);
            at.platform.sandboxes().touch("a").block(PATIENCE);
            at.platform.sandboxes().stop("a", true).block(PATIENCE);
            at.platform.sandboxes().start("a").block(PATIENCE);
            assertThat(at.platform
                            .sandboxes()
                            .replaceLabels("a", Map.of("x", "y"))
                            .block(PATIENCE))
                    .containsEntry("x", "y");
            assertThat(at.platform
                            .sandboxes()
                            .sshAccess("a", Duration.ofMinutes(5))
                            .block(PATIENCE))
                    .hasToString("SshAccess[***, expires 2026]");

            assertThat(server.requests)
                    .extracting(request -> request.method() + " " + request.target())
                    .containsExactly(
                            "POST /api/sandbox/a/autostop/2",
                            "POST /api/sandbox/a/last-activity",
                            "POST /api/sandbox/a/stop?force=true",
                            "POST /api/sandbox/a/start",
                            "PUT /api/sandbox/a/labels",
                            "POST /api/sandbox/a/ssh-access?expiresInMinutes=5");
        }
    }

    @Test
    void aJwtIsSentWithItsOrganization() {
        try (ScriptedServer server = ScriptedServer.always(answer(200, sandboxJson("a", "started")))) {
            DaytonaPlatform platform = DaytonaPlatform.create(server.settings().withJwt(Secret.of("jwt"), "org-1"));
            platform.sandboxes().get("a").block(PATIENCE);
            platform.closeLater().block(PATIENCE);

            assertThat(server.requests.get(0).header("x-daytona-organization-id"))
                    .isEqualTo("org-1");
        }
    }

    @Test
    void theConfigurationNeedsNoKey() {
        try (Fixture at = new Fixture(
                ScriptedServer.always(answer(200, "{\"version\":\"v0.190.0\",\"defaultSnapshot\":\"d\"}")))) {
            assertThat(at.platform.info().block(PATIENCE).defaultSnapshot()).contains("d");
            assertThat(at.server.requests.get(0).header("authorization")).isEmpty();
        }
    }

    @Test
    void theBuildLogIsDecodedAcrossChunksAndItsEndIsNoError() {
        ScriptedServer server = new ScriptedServer(request -> {
            if (request.target().contains("build-logs-url")) {
                return List.of(answer(200, "{\"url\":\"http://" + request.header("host") + "/logs/1\"}"));
            }
            byte[] text = "Schritt 1: grün".getBytes(java.nio.charset.StandardCharsets.UTF_8);
            int cut = text.length - 2;
            return List.of(
                    send("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n"),
                    send(java.util.Arrays.copyOf(text, cut)),
                    send(java.util.Arrays.copyOfRange(text, cut, text.length)),
                    hangUp());
        });
        try (Fixture at = new Fixture(server)) {
            assertThat(String.join(
                            "",
                            at.platform.snapshots().buildLog("s").collectList().block(PATIENCE)))
                    .isEqualTo("Schritt 1: grün");
            assertThat(server.requests.get(1).target()).isEqualTo("/logs/1?follow=true");
        }
    }

    @Test
    void aClosedClientSaysSo() {
        try (ScriptedServer server = ScriptedServer.always(answer(200, sandboxJson("a", "started")))) {
            DaytonaPlatform platform = DaytonaPlatform.create(server.settings());
            platform.sandboxes().get("a").block(PATIENCE);
            platform.closeLater().block(PATIENCE);

            assertThat(failure(platform.sandboxes().get("a")).code()).isEqualTo(ErrorCode.CANCELLED);
        }
    }

    @Test
    void aFanOutFromAnEventLoopSpreadsOverTheLoops() {
        try (Fixture at = new Fixture(ScriptedServer.always(answer(200, sandboxJson("a", "started"))))) {
            java.util.Set<String> threads = java.util.concurrent.ConcurrentHashMap.newKeySet();
            at.platform
                    .sandboxes()
                    .get("a")
                    .flatMapMany(first -> Flux.range(0, 64)
                            .flatMap(
                                    i -> at.platform
                                            .sandboxes()
                                            .get("a")
                                            .doOnNext(info -> threads.add(
                                                    Thread.currentThread().getName())),
                                    64,
                                    1))
                    .then()
                    .block(PATIENCE);

            assertThat(threads).hasSizeGreaterThan(1);
        }
    }

    @Test
    void moreCallsThanMayWaitAreRefusedBeforeTheyAreSent() {
        try (ScriptedServer server = ScriptedServer.always(ScriptedServer.stall())) {
            DaytonaPlatform platform = DaytonaPlatform.create(
                    server.settings().withConnections(new DaytonaSettings.Connections(1, 1, 1, 1)));
            List<SandflockException> failures = Flux.range(0, 3)
                    .flatMap(
                            i -> platform.sandboxes()
                                    .get("a")
                                    .then(Mono.<SandflockException>empty())
                                    .onErrorResume(SandflockException.class, Mono::just),
                            3,
                            1)
                    .take(1)
                    .collectList()
                    .block(PATIENCE);
            platform.closeLater().block(PATIENCE);

            assertThat(failures)
                    .singleElement()
                    .satisfies(e -> assertThat(e.getMessage()).contains("nothing was sent"));
        }
    }

    private static SandflockException failureOf(ScriptedServer.Step... steps) {
        try (Fixture at = new Fixture(ScriptedServer.always(steps))) {
            return failure(at.platform.sandboxes().get("a"));
        }
    }

    static SandflockException failure(Mono<?> call) {
        return call.then(Mono.<SandflockException>empty())
                .onErrorResume(SandflockException.class, Mono::just)
                .block(PATIENCE);
    }

    /** A server and its client. */
    static final class Fixture implements AutoCloseable {
        final ScriptedServer server;
        final DaytonaPlatform platform;

        Fixture(ScriptedServer server) {
            this(server, Duration.ofSeconds(20));
        }

        Fixture(ScriptedServer server, Duration answerWithin) {
            this.server = server;
            this.platform = DaytonaPlatform.create(server.settings()
                    .withTimes(new DaytonaSettings.Times(
                            Duration.ofSeconds(10), answerWithin, Duration.ofSeconds(60), Duration.ofSeconds(20))));
        }

        @Override
        public void close() {
            platform.closeLater().block(PATIENCE);
            server.close();
        }
    }
}
