/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.local.http.Json;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Removes what an instance whose JVM is gone has left in the engine, and nothing else. */
final class Sweep {

    private static final int AT_ONCE = 4;

    private final EngineClient engine;
    private final Containers containers;

    Sweep(EngineClient engine, Containers containers) {
        this.engine = engine;
        this.containers = containers;
    }

    /** Containers with their volumes, then networks, then images. */
    Mono<Void> of(String instance) {
        ObjectNode labelled = Json.object();
        labelled.putArray("label").add(Deaths.label(instance));
        String filters = Deaths.query(labelled);
        return ids("/containers/json?all=true&filters=" + filters)
                .flatMap(containers::remove, AT_ONCE, 1)
                .thenMany(Flux.defer(() -> ids("/networks?filters=" + filters)))
                .flatMap(id -> Network.remove(engine, id), AT_ONCE, 1)
                .thenMany(Flux.defer(() -> tags(instance)))
                .concatMap(tag -> Images.delete(engine, tag), 1)
                .then();
    }

    private Flux<String> ids(String path) {
        return engine.call(HttpMethod.GET, path)
                .flatMapIterable(list -> list)
                .map(one -> one.path("Id").asText());
    }

    private Flux<String> tags(String instance) {
        String repository = Images.REPOSITORY + "/" + instance;
        ObjectNode filter = Json.object();
        filter.putArray("reference").add(repository);
        return engine.call(HttpMethod.GET, "/images/json?filters=" + Deaths.query(filter))
                .flatMapIterable(list -> list)
                .concatMapIterable(image -> image.path("RepoTags"), 1)
                .map(JsonNode::asText)
                .filter(tag -> tag.startsWith(repository + ":"));
    }
}
