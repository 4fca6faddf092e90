/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.ConnectionProvider;

/**
 * What stands between a client and a sandbox's daemon, at its worst: loses answers, resets connections, replays requests, says 502, and
 * cuts what is silent. Each request's fate is asked for once.
 */
final class FaultProxy implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** What becomes of a request. */
    enum Fate {
        PASSED,
        /** Reset before the server saw anything. */
        RESET,
        /** Reset while the server works; it goes on. */
        RESET_UNDER_WAY,
        /** Carried out, and the answer is lost. */
        ANSWER_LOST,
        /** Carried out, the answer is lost on the way, and it is sent again by the proxy. */
        REPLAYED,
        /** Sent twice at the same time. */
        TWINS,
        /** Carried out, and a 502 says nothing about that. */
        BAD_GATEWAY
    }

    private final Map<Fate, Integer> fates = new EnumMap<>(Fate.class);
    private final ConnectionProvider connections = ConnectionProvider.create("fault-proxy", 500);
    private final HttpClient client;
    private final Supplier<Fate> dice;
    private final Duration longestSilence;
    private final DisposableServer server;

    /** @param longestSilence a request that is not answered within is cut, on both sides */
    FaultProxy(int port, Supplier<Fate> dice, Duration longestSilence) {
        this.client =
                HttpClient.create(connections).host("127.0.0.1").port(port).disableRetry(true);
        this.dice = dice;
        this.longestSilence = longestSilence;
        this.server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                // So that closing resets.
                .childOption(ChannelOption.SO_LINGER, 0)
                .handle(this::handle)
                .bindNow(PATIENCE);
    }

    /** What the platform says of its toolbox, with this proxy before it. */
    URI before(String toolboxUrl) {
        return URI.create(
                "http://127.0.0.1:" + server.port() + URI.create(toolboxUrl).getRawPath());
    }

    synchronized Map<Fate, Integer> fates() {
        return new EnumMap<>(fates);
    }

    @Override
    public void close() {
        server.disposeNow(PATIENCE);
        connections.disposeLater().block(PATIENCE);
    }

    private Mono<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        return request.receive()
                .aggregate()
                .asByteArray()
                .defaultIfEmpty(new byte[0])
                .flatMap(body -> {
                    Fate fate = next();
                    Mono<Answer> answer = forward(request, body);
                    return switch (fate) {
                        case PASSED -> answer.timeout(longestSilence).flatMap(it -> send(response, it));
                        case RESET -> reset(response);
                        case RESET_UNDER_WAY -> {
                            // Owned by nobody, as with a proxy whose client left: the server goes on.
                            answer.subscribe(done -> {}, gone -> {});
                            yield reset(response);
                        }
                        case ANSWER_LOST -> answer.then(reset(response));
                        case REPLAYED -> answer.then(answer).flatMap(it -> send(response, it));
                        case TWINS ->
                            Mono.zip(answer, answer, (one, other) -> other).flatMap(it -> send(response, it));
                        case BAD_GATEWAY -> answer.then(response.status(502).send());
                    };
                })
                .onErrorResume(cut -> reset(response));
    }

    private synchronized Fate next() {
        Fate fate = dice.get();
        fates.merge(fate, 1, Integer::sum);
        return fate;
    }

    private Mono<Answer> forward(HttpServerRequest request, byte[] body) {
        return client.headers(headers -> headers.set(request.requestHeaders()).remove(HttpHeaderNames.HOST))
                .request(request.method())
                .uri(request.uri())
                .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body)))
                .responseSingle((head, content) -> content.asByteArray()
                        .defaultIfEmpty(new byte[0])
                        .map(bytes -> new Answer(head.status().code(), head.responseHeaders(), bytes)));
    }

    private static Mono<Void> send(HttpServerResponse response, Answer answer) {
        response.status(answer.status()).headers(answer.headers().copy().remove(HttpHeaderNames.TRANSFER_ENCODING));
        response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(answer.body().length));
        return response.sendByteArray(Mono.just(answer.body())).then();
    }

    private static Mono<Void> reset(HttpServerResponse response) {
        return Mono.<Void>create(sink -> response.withConnection(connection -> {
            connection.channel().close();
            sink.success();
        }));
    }

    private record Answer(int status, HttpHeaders headers, byte[] body) {}
}
