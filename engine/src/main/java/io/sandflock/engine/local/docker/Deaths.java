/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.local.http.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Listens for the ends of an instance's containers, by one connection for all of them. */
final class Deaths {

    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(5);

    private static final int LOOKS = 8;

    private final EngineClient engine;
    private final String filters;
    private final String instance;

    Deaths(EngineClient engine, String instance) {
        this.engine = engine;
        this.instance = instance;
        ObjectNode json = Json.object();
        json.putArray("type").add("container");
        json.putArray("event").add("die");
        json.putArray("label").add(label(instance));
        this.filters = query(json);
    }

    /** What an instance's things are found by. */
    static String label(String instance) {
        return Containers.INSTANCE + "=" + instance;
    }

    static String query(JsonNode json) {
        return Containers.query(new String(Json.bytes(json), StandardCharsets.UTF_8));
    }

    /**
     * Ids of containers that ended, for ever: a connection that broke is made anew, and what was missed meanwhile is looked up.
     *
     * @param expected ids of containers that should be running
     */
    Flux<String> ids(java.util.function.Supplier<Set<String>> expected) {
        Flux<String> heard = engine.stream(HttpMethod.GET, "/events?filters=" + filters, null)
                .map(event -> event.path("Actor").path("ID").asText())
                // An event may be heard when its container was started again.
                .flatMap(id -> isRunning(id).filter(running -> !running).map(ended -> id), LOOKS, 1);
        Flux<String> missed = Flux.defer(() -> missed(expected.get()));
        return Flux.merge(2, heard.concatWith(Mono.error(new EngineException("GET /events", 200, "it ended"))), missed)
                .retryWhen(Retry.backoff(Long.MAX_VALUE, FIRST_RETRY).maxBackoff(LAST_RETRY));
    }

    private Mono<Boolean> isRunning(String id) {
        return engine.call(HttpMethod.GET, "/containers/" + id + "/json")
                .map(container -> container.at("/State/Running").asBoolean())
                .onErrorResume(EngineException.class, e -> e.status() == 404 ? Mono.just(false) : Mono.error(e));
    }

    private Flux<String> missed(Set<String> expected) {
        if (expected.isEmpty()) {
            return Flux.empty();
        }
        ObjectNode json = Json.object();
        json.putArray("label").add(label(instance));
        json.putArray("status").add("running");
        return engine.call(HttpMethod.GET, "/containers/json?filters=" + query(json))
                .flatMapIterable(running -> {
                    Set<String> gone = new HashSet<>(expected);
                    running.forEach(
                            container -> gone.remove(container.path("Id").asText()));
                    return List.copyOf(gone);
                });
    }
}
