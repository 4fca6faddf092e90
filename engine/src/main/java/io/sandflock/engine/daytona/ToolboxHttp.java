/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.SandflockException;
import io.sandflock.engine.limit.Pacer;
import java.net.URI;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;

/** Calls to the daemon of one sandbox, whose address may have to be asked for first. */
final class ToolboxHttp {

    private final Http http;
    private final Mono<URI> base;
    private final String sandboxId;
    private final Pacer pacer;
    private final DaytonaSettings settings;

    /** @param pacer paused when a proxy asks to slow down; without a rate of its own, so that no command waits for another */
    ToolboxHttp(Http http, Mono<URI> base, String sandboxId, Pacer pacer, DaytonaSettings settings) {
        this.http = http;
        this.base = base;
        this.sandboxId = sandboxId;
        this.pacer = pacer;
        this.settings = settings;
    }

    DaytonaSettings settings() {
        return settings;
    }

    HttpClient client() {
        return http.client();
    }

    /** A call at the API's address, until the toolbox's is known. */
    Call call(HttpMethod method, String path) {
        return Call.of(method, settings.url(), path, settings.times().answer()).forSandbox(sandboxId);
    }

    /** The call at the daemon's address. */
    Mono<Call> located(Call call) {
        return base.map(call::at);
    }

    Mono<Answer> exchange(Call call) {
        return pacer.pace(located(call).flatMap(http::exchange));
    }

    Mono<Answer> success(Call call) {
        return pacer.pace(located(call).flatMap(http::success));
    }

    <D, T> Mono<T> json(Call call, Class<D> type, Function<D, T> convert) {
        return pacer.pace(located(call).flatMap(at -> http.json(at, type, convert)));
    }

    <T> Flux<T> stream(Call call, Duration gap, Function<HttpClientResponse, Function<Flux<byte[]>, Flux<T>>> reader) {
        return pacer.turn().thenMany(located(call).flatMapMany(at -> http.stream(at, gap, reader)));
    }

    /** @param at located already */
    <T> Flux<T> stream(
            Call at,
            Duration gap,
            Function<Answer, SandflockException> refusal,
            Function<HttpClientResponse, Function<Flux<byte[]>, Flux<T>>> reader) {
        return pacer.turn().thenMany(http.stream(at, gap, refusal, reader));
    }
}
