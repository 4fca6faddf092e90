/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.local.http.Json;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;

/** The bridge that an instance's sandboxes are in: out they reach everything, each other they do not. Made when it is first needed. */
final class Network {

    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    private final EngineClient engine;
    private final String name;
    private final AtomicBoolean wanted = new AtomicBoolean();
    private final Mono<String> made;

    Network(EngineClient engine, String instance) {
        this.engine = engine;
        this.name = "sandflock-" + instance;
        // One creation for all who wait; what failed is tried again by the next.
        this.made =
                Mono.defer(() -> create(instance)).cache(id -> FOR_EVER, error -> Duration.ZERO, () -> Duration.ZERO);
    }

    /** Its name, once it is there. */
    Mono<String> name() {
        return made;
    }

    private Mono<String> create(String instance) {
        wanted.set(true);
        ObjectNode body =
                Json.object().put("Name", name).put("Driver", "bridge").put("CheckDuplicate", true);
        body.putObject("Options").put("com.docker.network.bridge.enable_icc", "false");
        body.putObject("Labels").put(Containers.INSTANCE, instance);
        return engine.call(HttpMethod.POST, "/networks/create", body, EngineClient.PATIENCE)
                // Made by a create whose answer was lost: the name is nobody else's.
                .onErrorResume(EngineException.class, e -> e.status() == 409 ? Mono.just(Json.object()) : Mono.error(e))
                .thenReturn(name);
    }

    Mono<Void> remove() {
        return Mono.defer(() -> wanted.get() ? remove(engine, name) : Mono.empty());
    }

    static Mono<Void> remove(EngineClient engine, String idOrName) {
        return engine.call(HttpMethod.DELETE, "/networks/" + idOrName)
                .onErrorResume(EngineException.class, e -> e.status() == 404 ? Mono.empty() : Mono.error(e))
                .then();
    }
}
