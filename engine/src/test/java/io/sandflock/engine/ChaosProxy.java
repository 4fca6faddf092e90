/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.testing.Delivery;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.WebsocketClientSpec;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;
import reactor.netty.resources.ConnectionProvider;

/**
 * What stands between an engine and its platform, and does what proxies do: delivers a request twice, one after the other or both at
 * once, and loses events. Everything else goes through as it came; what the platform resets is reset here.
 */
final class ChaosProxy implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int LARGEST_FRAME = 1 << 20;
    private static final String HOST = "127.0.0.1";

    private final int platform;
    private final double intensity;
    private final Random dice;
    private final Map<String, AtomicInteger> thrown = new ConcurrentHashMap<>();
    private final Queue<String> twice = new ConcurrentLinkedQueue<>();
    private final ConnectionProvider connections = ConnectionProvider.create("chaos-proxy", 500);
    private final HttpClient client;
    private final DisposableServer server;

    /**
     * Listens from now on.
     *
     * @param platform its port
     * @param intensity from 0 for nothing to 1 for one request in fourteen and one event in seven
     */
    ChaosProxy(int platform, double intensity, Random dice) {
        this.platform = platform;
        this.intensity = intensity;
        this.dice = dice;
        this.client = HttpClient.create(connections).host(HOST).port(platform).disableRetry(true);
        this.server = HttpServer.create()
                .host(HOST)
                .port(0)
                // So that closing resets.
                .childOption(ChannelOption.SO_LINGER, 0)
                .handle(this::handle)
                .bindNow(PATIENCE);
    }

    /** The platform's address, with this proxy before it. */
    URI before(URI url) {
        return URI.create(url.toString().replace(origin(platform), origin(server.port())));
    }

    /** How often it did what. */
    Map<String, Integer> thrown() {
        Map<String, Integer> counts = new TreeMap<>();
        thrown.forEach((name, count) -> counts.put(name, count.get()));
        return counts;
    }

    /** Whether a request that says this in its body was delivered twice. */
    boolean wasDeliveredTwice(String name) {
        return twice.stream().anyMatch(body -> body.contains('"' + name + '"'));
    }

    @Override
    public void close() {
        server.disposeNow(PATIENCE);
        connections.disposeLater().block(PATIENCE);
    }

    private Mono<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        if (request.requestHeaders()
                .containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET.toString(), true)) {
            return response.sendWebsocket(
                    (in, out) -> socket(request.uri(), in, out),
                    WebsocketServerSpec.builder()
                            .maxFramePayloadLength(LARGEST_FRAME)
                            .build());
        }
        return Delivery.whole(request.receive())
                .flatMap(body -> delivered(request, body))
                .flatMap(answer -> send(response, answer))
                .onErrorResume(cut -> Delivery.reset(response));
    }

    /** Once, mostly. */
    private Mono<Delivery> delivered(HttpServerRequest request, byte[] body) {
        Mono<Delivery> answer = Mono.defer(() -> Delivery.of(request, body, client));
        if (!request.method().equals(HttpMethod.POST) && !request.method().equals(HttpMethod.DELETE)) {
            return answer;
        }
        double roll = roll();
        String what = request.method() + (request.uri().startsWith("/toolbox") ? " toolbox" : " control plane");
        if (roll < 0.04 * intensity) {
            count(what + " replayed");
            twice.add(new String(body, StandardCharsets.UTF_8));
            // The first answer is lost on the way.
            return answer.map(Optional::of)
                    .onErrorReturn(Optional.empty())
                    .flatMap(first ->
                            first.filter(ChaosProxy::isOpen).map(Mono::just).orElse(answer));
        }
        if (roll < 0.07 * intensity) {
            count(what + " delivered twice at once");
            twice.add(new String(body, StandardCharsets.UTF_8));
            return Mono.zip(
                    answer,
                    answer,
                    (one, other) -> isOpen(one) || !isOpen(other) && roll < 0.055 * intensity ? one : other);
        }
        return answer;
    }

    /** The platform's events; pings, and what the engine says, always arrive. */
    private Mono<Void> socket(String uri, WebsocketInbound in, WebsocketOutbound out) {
        return client.headers(headers -> headers.set(in.headers())
                        .remove(HttpHeaderNames.HOST)
                        .remove(HttpHeaderNames.UPGRADE)
                        .remove(HttpHeaderNames.CONNECTION)
                        .remove(HttpHeaderNames.SEC_WEBSOCKET_KEY)
                        .remove(HttpHeaderNames.SEC_WEBSOCKET_VERSION)
                        .remove(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS))
                .websocket(WebsocketClientSpec.builder()
                        .maxFramePayloadLength(LARGEST_FRAME)
                        .build())
                .uri("ws://" + HOST + ":" + platform + uri)
                .handle((fromPlatform, toPlatform) -> Mono.firstWithSignal(
                        out.sendString(fromPlatform
                                        .aggregateFrames(LARGEST_FRAME)
                                        .receive()
                                        .asString()
                                        .filter(this::arrives))
                                .then(),
                        toPlatform
                                .sendString(in.aggregateFrames(LARGEST_FRAME)
                                        .receive()
                                        .asString())
                                .then()))
                .then()
                .onErrorComplete();
    }

    private boolean arrives(String packet) {
        if (!packet.startsWith("42") || roll() >= 0.15 * intensity) {
            return true;
        }
        count("event lost");
        return false;
    }

    /** What the platform says of its own address has to lead here too. */
    private Mono<Void> send(HttpServerResponse response, Delivery answer) {
        return answer.withBody(new String(answer.body(), StandardCharsets.ISO_8859_1)
                        .replace(origin(platform), origin(server.port()))
                        .getBytes(StandardCharsets.ISO_8859_1))
                .to(response);
    }

    /**
     * Whether it may still be carried out, later. Passed on, never replaced by the answer of the second delivery: nobody could know of
     * a create that is carried out after the sandbox of its twin was used and deleted.
     */
    private static boolean isOpen(Delivery answer) {
        return answer.status() == 502;
    }

    private static String origin(int port) {
        return "http://" + HOST + ":" + port;
    }

    private double roll() {
        synchronized (dice) {
            return dice.nextDouble();
        }
    }

    private void count(String what) {
        thrown.computeIfAbsent(what, any -> new AtomicInteger()).incrementAndGet();
    }
}
