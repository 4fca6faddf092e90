/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.Faults;
import io.sandflock.engine.local.http.Bodies;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.http.Json;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Answers requests below {@code /api}: key, limits, body, faults, route, errors. */
final class ApiRequests {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.local");
    private static final int MOST_PARAMETERS = 256;

    private final Routes routes;
    private final Gatekeeper gatekeeper;
    private final Throttle throttle;
    private final Faults faults;
    private final Counters counters;
    private final int bodyLimit;
    private final InstantSource clock;

    ApiRequests(
            Routes routes,
            Gatekeeper gatekeeper,
            Throttle throttle,
            Faults faults,
            Counters counters,
            int bodyLimit,
            InstantSource clock) {
        this.routes = routes;
        this.gatekeeper = gatekeeper;
        this.throttle = throttle;
        this.faults = faults;
        this.counters = counters;
        this.bodyLimit = bodyLimit;
        this.clock = clock;
    }

    /** Answers a request whose decoded path below {@code /api} this is. */
    Mono<Void> answer(List<String> segments, HttpServerRequest request, HttpServerResponse response) {
        return Mono.defer(() -> admitted(segments, request, response))
                .onErrorResume(error -> Wire.send(response, error(error, request), headers(error)));
    }

    private Mono<Void> admitted(List<String> segments, HttpServerRequest request, HttpServerResponse response) {
        String method = request.method().name();
        Routes.Match match = routes.match(method, segments)
                .orElseThrow(() -> new ApiException(404, "Cannot " + method + " " + path(request)));
        Routes.Throttler throttler = match.route().throttler();
        if (throttler != Routes.Throttler.NONE) {
            gatekeeper.checkKey(request.requestHeaders());
        }
        counters.count(match.route().operation(), target(match, MissingNode.getInstance()));
        Map<String, String> limits = throttle.admit(throttler.wire());
        return Bodies.bytes(request, bodyLimit)
                .flatMap(ApiRequests::parse)
                .flatMap(body -> handled(match, body, request, response))
                .onErrorResume(error -> Mono.just(error(error, request).withHeaders(headers(error))))
                .flatMap(answer -> Wire.send(response, answer, limits))
                // Its client has gone: what it asked for is done all the same, and nobody is there to be told.
                .onErrorResume(AbortedException.class, gone -> Mono.empty());
    }

    private Mono<Answer> handled(
            Routes.Match match, JsonNode body, HttpServerRequest request, HttpServerResponse response) {
        List<Fault> here = faults.next(match.route().operation(), target(match, body));
        Call call = new Call(path(request), match.params(), query(request), body, here);
        return Wire.withFaults(response, here, match.route().handler().apply(call));
    }

    private static String target(Routes.Match match, JsonNode body) {
        String variable = match.route().target();
        return variable.isEmpty()
                ? body.path("name").asText("")
                : match.params().getOrDefault(variable, "");
    }

    /** Most calls have no body; a route that needs one says what is missing. */
    private static Mono<JsonNode> parse(byte[] body) {
        return body.length == 0 ? Mono.just(MissingNode.getInstance()) : Json.parse(body);
    }

    private static Map<String, List<String>> query(HttpServerRequest request) {
        return new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8, true, MOST_PARAMETERS).parameters();
    }

    private static String path(HttpServerRequest request) {
        String uri = request.uri();
        int query = uri.indexOf('?');
        return query < 0 ? uri : uri.substring(0, query);
    }

    private Answer error(Throwable error, HttpServerRequest request) {
        if (error instanceof ApiException refused) {
            return Answer.error(refused.status(), message(refused), path(request), clock.instant());
        }
        if (error instanceof HttpError refused) {
            return Answer.error(refused.status(), refused.text(), path(request), clock.instant());
        }
        LOG.error("{} {} failed", request.method(), path(request), error);
        return Answer.error(500, "An unexpected error occurred.", path(request), clock.instant());
    }

    private static Map<String, String> headers(Throwable error) {
        return error instanceof ApiException refused ? refused.headers() : Map.of();
    }

    private static String message(ApiException refused) {
        return String.valueOf(refused.getMessage());
    }
}
