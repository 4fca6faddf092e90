/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import io.netty.channel.ChannelOption;
import io.sandflock.engine.testing.Delivery;
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
        return Delivery.whole(request.receive())
                .flatMap(body -> {
                    Fate fate = next();
                    Mono<Delivery> answer = Delivery.of(request, body, client);
                    return switch (fate) {
                        case PASSED -> answer.timeout(longestSilence).flatMap(it -> it.to(response));
                        case RESET -> Delivery.reset(response);
                        case RESET_UNDER_WAY -> {
                            // Owned by nobody, as with a proxy whose client left: the server goes on.
                            answer.subscribe(done -> {}, gone -> {});
                            yield Delivery.reset(response);
                        }
                        case ANSWER_LOST -> answer.then(Delivery.reset(response));
                        case REPLAYED -> answer.then(answer).flatMap(it -> it.to(response));
                        case TWINS ->
                            Mono.zip(answer, answer, (one, other) -> other).flatMap(it -> it.to(response));
                        case BAD_GATEWAY -> answer.then(response.status(502).send());
                    };
                })
                .onErrorResume(cut -> Delivery.reset(response));
    }

    private synchronized Fate next() {
        Fate fate = dice.get();
        fates.merge(fate, 1, Integer::sum);
        return fate;
    }
}
