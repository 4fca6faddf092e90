/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static io.sandflock.engine.daytona.ControlPlaneTest.failure;
import static io.sandflock.engine.daytona.ScriptedServer.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.sandflock.ErrorCode;
import io.sandflock.Secret;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.StateEvents.Change;
import io.sandflock.engine.platform.Toolbox;
import io.sandflock.engine.platform.Toolbox.LogChunk;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;
import reactor.test.StepVerifier;

class SocketsTest {

    private static final String LOGS = "/toolbox/sb-1/process/session/s/command/c/logs";
    private static final String COMMAND = "/toolbox/sb-1/process/session/s/command/c";

    private final List<String> received = new CopyOnWriteArrayList<>();
    private final List<String> subprotocolHeaders = new CopyOnWriteArrayList<>();
    private DisposableServer server;
    private DaytonaPlatform platform;

    @AfterEach
    void close() {
        if (platform != null) {
            platform.closeLater().block(PATIENCE);
        }
        if (server != null) {
            server.disposeNow(PATIENCE);
        }
    }

    @Test
    void aLogIsFollowedUntilTheServerClosesIt() {
        start(routes -> log(routes, frames("\1\1\1ou", "t\n\2", "\2\2err\n")), "{\"id\":\"c\"}");

        List<LogChunk> chunks = toolbox().followLog("s", "c").collectList().block(PATIENCE);

        assertThat(text(chunks, false)).isEqualTo("out\n");
        assertThat(text(chunks, true)).isEqualTo("err\n");
        assertThat(subprotocolHeaders).containsExactly("0.190.0");
    }

    @Test
    void aLogWhoseSocketStaysOpenEndsWithItsCommand() {
        start(
                routes -> log(
                        routes,
                        (in, out) -> out.sendObject(frame("\1\1\1last\n")).neverComplete()),
                "{\"id\":\"c\",\"exitCode\":0}");

        assertThat(text(toolbox().followLog("s", "c").collectList().block(PATIENCE), false))
                .isEqualTo("last\n");
    }

    @Test
    void aLogThatIsCutIsAnError() {
        start(
                routes -> log(
                        routes,
                        (in, out) -> out.sendObject(frame("\1\1\1part"))
                                .then()
                                .then(Mono.fromRunnable(
                                        () -> in.withConnection(c -> c.channel().close())))),
                "{\"id\":\"c\"}");

        StepVerifier.create(toolbox().followLog("s", "c"))
                .expectNextMatches(chunk -> !chunk.stderr())
                .expectErrorMatches(e -> e.getMessage().contains("log stream was cut"))
                .verify(PATIENCE);
    }

    @Test
    void aLogOfACommandThatIsNotThereIsNotFound() {
        start(routes -> routes, "{}");

        assertThat(failure(toolbox().followLog("s", "c").then()).code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void stateChangesReachWhoWaitsForThem() {
        Sinks.Many<String> packets = Sinks.many().unicast().onBackpressureBuffer();
        start(routes -> events(routes, packets), "{}");

        StepVerifier.create(platform.stateEvents().of("sb-1"))
                // The subscriber was there before the connection stood.
                .expectNext(Change.LOST)
                .then(() -> {
                    packets.tryEmitNext("2");
                    packets.tryEmitNext(event("other", "started"));
                    packets.tryEmitNext("42[\"garbage");
                    packets.tryEmitNext("42[\"sandbox.state.updated\",{\"sandbox\":{\"id\":");
                    packets.tryEmitNext(event("sb-1", "started"));
                })
                .expectNextMatches(change -> change.state() == SandboxState.STARTED)
                .thenCancel()
                .verify(PATIENCE);
        assertThat(received).first().isEqualTo("40{\"token\":\"key-of-the-test\"}");
        assertThat(received).contains("3");
    }

    @Test
    void aLostConnectionIsToldAndComesBack() {
        Sinks.Many<String> first = Sinks.many().unicast().onBackpressureBuffer();
        Sinks.Many<String> second = Sinks.many().unicast().onBackpressureBuffer();
        BlockingQueue<Sinks.Many<String>> connections = new LinkedBlockingQueue<>(List.of(first, second));
        start(routes -> routes.ws("/api/socket.io/", (in, out) -> converse(connections.remove(), in, out)), "{}");

        StepVerifier.create(platform.stateEvents().of("sb-1"))
                .expectNext(Change.LOST)
                .then(first::tryEmitComplete)
                .expectNext(Change.LOST)
                .expectNext(Change.LOST)
                .then(() -> second.tryEmitNext(event("sb-1", "stopped")))
                .expectNextMatches(change -> change.state() == SandboxState.STOPPED)
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    void allSubscribersShareOneConnection() throws Exception {
        BlockingQueue<String> opened = new LinkedBlockingQueue<>();
        Sinks.Many<String> packets = Sinks.many().unicast().onBackpressureBuffer();
        start(
                routes -> routes.ws("/api/socket.io/", (in, out) -> {
                    opened.add("opened");
                    return converse(packets, in, out);
                }),
                "{}");

        Flux<Change> all = Flux.range(0, 50)
                .flatMap(
                        i -> platform.stateEvents()
                                .of("sb-" + i)
                                .filter(change -> change != Change.LOST)
                                .next(),
                        50);
        StepVerifier.create(all)
                .then(() -> {
                    try {
                        assertThat(opened.poll(30, TimeUnit.SECONDS)).isNotNull();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    for (int i = 0; i < 50; i++) {
                        packets.tryEmitNext(event("sb-" + i, "started"));
                    }
                })
                .expectNextCount(50)
                .expectComplete()
                .verify(PATIENCE);
        assertThat(opened).isEmpty();
    }

    @Test
    void withoutAServerItIsSilent() {
        platform = DaytonaPlatform.create(
                DaytonaSettings.of(Secret.of("k")).withUrl(URI.create("http://127.0.0.1:1/api")));

        // Long enough for a second attempt.
        StepVerifier.create(platform.stateEvents().of("x").take(Duration.ofSeconds(2)))
                .expectComplete()
                .verify(PATIENCE);
    }

    @Test
    void aSubscriptionEndsWithTheClient() {
        platform = DaytonaPlatform.create(
                DaytonaSettings.of(Secret.of("k")).withUrl(URI.create("http://127.0.0.1:1/api")));

        StepVerifier.create(platform.stateEvents().of("x").filter(change -> change != Change.LOST))
                .then(() -> platform.closeLater().block(PATIENCE))
                .expectComplete()
                .verify(PATIENCE);
    }

    private interface Routes {
        HttpServerRoutes add(HttpServerRoutes routes);
    }

    private void start(Routes routes, String command) {
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(all ->
                        routes.add(all.get(COMMAND, (request, response) -> response.sendString(Mono.just(command)))))
                .bindNow(PATIENCE);
        platform = DaytonaPlatform.create(DaytonaSettings.of(Secret.of("key-of-the-test"))
                .withUrl(URI.create("http://127.0.0.1:" + server.port() + "/api")));
    }

    private HttpServerRoutes log(
            HttpServerRoutes routes, BiFunction<WebsocketInbound, WebsocketOutbound, Publisher<Void>> handler) {
        return routes.ws(LOGS, (in, out) -> {
            subprotocolHeaders.add(in.headers().get("X-Daytona-SDK-Version"));
            return handler.apply(in, out);
        });
    }

    private HttpServerRoutes events(HttpServerRoutes routes, Sinks.Many<String> packets) {
        return routes.ws("/api/socket.io/", (in, out) -> converse(packets, in, out));
    }

    /** Says hello, and sends the packets once the client has given its token. */
    private Publisher<Void> converse(Sinks.Many<String> packets, WebsocketInbound in, WebsocketOutbound out) {
        Sinks.One<String> token = Sinks.one();
        Mono<Void> listening = in.receive()
                .asString()
                .doOnNext(packet -> {
                    received.add(packet);
                    token.tryEmitValue(packet);
                })
                .then();
        Flux<String> said = Flux.just("0{\"sid\":\"s\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000}")
                .concatWith(
                        token.asMono().thenMany(Flux.just("40{\"sid\":\"x\"}").concatWith(packets.asFlux())))
                .takeUntilOther(listening);
        return out.sendObject(said.map(TextWebSocketFrame::new), frame -> true);
    }

    private static String event(String id, String state) {
        return ("42['sandbox.state.updated',{'sandbox':{'labels':{'a':['b']},'id':'%s','state':'x'},'oldState':'y','newState':'%s'}]")
                .formatted(id, state)
                .replace('\'', '"');
    }

    private static BiFunction<WebsocketInbound, WebsocketOutbound, Publisher<Void>> frames(String... texts) {
        return (in, out) -> out.sendObject(Flux.fromArray(texts).map(SocketsTest::frame));
    }

    private static WebSocketFrame frame(String text) {
        return new BinaryWebSocketFrame(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private Toolbox toolbox() {
        return platform.toolbox(ScriptedServer.sandbox(Optional.of("http://127.0.0.1:" + server.port() + "/toolbox")));
    }

    private static String text(List<LogChunk> chunks, boolean stderr) {
        return chunks.stream()
                .filter(chunk -> chunk.stderr() == stderr)
                .map(chunk -> new String(chunk.bytes(), StandardCharsets.ISO_8859_1))
                .collect(Collectors.joining());
    }
}
