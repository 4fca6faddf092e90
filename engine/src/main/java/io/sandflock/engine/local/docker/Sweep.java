/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.local.http.Json;
import java.util.List;
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

    /**
     * Containers, then networks, volumes and images.
     *
     * @param made images that its builds made on their way, which have neither name nor label; the newest last
     */
    Mono<Void> of(String instance, List<String> made) {
        ObjectNode labelled = Json.object();
        labelled.putArray("label").add(Deaths.label(instance));
        String filters = Deaths.query(labelled);
        return ids("/containers/json?all=true&filters=" + filters)
                .flatMap(containers::remove, AT_ONCE, 1)
                .thenMany(Flux.defer(() -> ids("/networks?filters=" + filters)))
                .flatMap(id -> Network.remove(engine, id), AT_ONCE, 1)
                .thenMany(Flux.defer(() -> volumes(filters)))
                .flatMap(name -> remove("/volumes/" + name + "?force=true"), AT_ONCE, 1)
                .thenMany(Flux.defer(() -> tags(instance)))
                .concatMap(tag -> Images.delete(engine, tag), 1)
                .thenMany(Flux.range(0, made.size()).map(i -> made.get(made.size() - 1 - i)))
                .concatMap(this::steps, 1)
                .then();
    }

    /** An image that somebody else's is made from, or a container of somebody else's, stays. */
    private Mono<Void> steps(String image) {
        return image.matches("[0-9a-f]{12,64}")
                ? Images.deleteNameless(engine, image)
                        .onErrorResume(EngineException.class, e -> e.status() == 409 ? Mono.empty() : Mono.error(e))
                : Mono.empty();
    }

    private Flux<String> volumes(String filters) {
        return engine.call(HttpMethod.GET, "/volumes?filters=" + filters)
                .flatMapIterable(answer -> answer.path("Volumes"))
                .map(volume -> volume.path("Name").asText());
    }

    private Mono<Void> remove(String path) {
        return engine.call(HttpMethod.DELETE, path)
                .onErrorResume(EngineException.class, e -> e.status() == 404 ? Mono.empty() : Mono.error(e))
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
