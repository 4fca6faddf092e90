/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.engine.local.LocalPlatform;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.WebsocketClientSpec;

/**
 * Everything that happens to sandboxes, as the platform itself tells it on its event socket: in the order in which it happened, whatever
 * became of the answers. A sandbox is there from its insertion until its delete was accepted.
 */
final class SandboxWatch implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Predicate<String> counted;
    private final Predicate<String> ignored;
    private final Sinks.Empty<Void> ready = Sinks.empty();
    private final Map<String, JsonNode> there = new HashMap<>(); // guarded by this
    private final Map<String, Integer> createdByName = new TreeMap<>(); // guarded by this
    private final List<String> twiceAlive = new ArrayList<>(); // guarded by this
    private int now = 0; // guarded by this
    private int most = 0; // guarded by this
    private String atMost = ""; // guarded by this
    private final Disposable socket;

    private SandboxWatch(LocalPlatform platform, Predicate<String> counted, Predicate<String> ignored) {
        this.counted = counted;
        this.ignored = ignored;
        this.socket = HttpClient.create()
                .websocket(WebsocketClientSpec.builder()
                        .maxFramePayloadLength(1 << 20)
                        .build())
                .uri("ws://127.0.0.1:" + platform.url().getPort() + "/api/socket.io/?EIO=4&transport=websocket")
                .handle((in, out) -> out.sendString(in.aggregateFrames(1 << 20)
                        .receive()
                        .asString()
                        .concatMap(packet -> answer(packet, platform.key().reveal()), 1)))
                .subscribe();
    }

    /**
     * Watches from now on.
     *
     * @param counted names of the sandboxes that {@link #most()} counts
     * @param ignored names of the sandboxes that may be there twice
     */
    static SandboxWatch of(LocalPlatform platform, Predicate<String> counted, Predicate<String> ignored) {
        SandboxWatch watch = new SandboxWatch(platform, counted, ignored);
        watch.ready.asMono().block(Duration.ofSeconds(30));
        return watch;
    }

    /** Names that were created more than once, and samples that had two sandboxes at once. */
    synchronized List<String> createdTwice() {
        List<String> twice = new ArrayList<>(twiceAlive);
        createdByName.forEach((name, count) -> {
            if (count > 1 && !ignored.test(name)) {
                twice.add(name + " was created " + count + " times");
            }
        });
        return twice;
    }

    /** Sandboxes that were ever created. */
    synchronized int created() {
        return createdByName.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Names that were created a second time by a create that was carried out late. */
    synchronized long strays() {
        return createdByName.values().stream().filter(count -> count > 1).count();
    }

    /** The most of the counted sandboxes that were there at once. */
    synchronized int most() {
        return most;
    }

    /** Their names, with what is known of their creates. */
    synchronized String atMost() {
        return atMost;
    }

    /** Whether the platform still tells. */
    boolean isConnected() {
        return !socket.isDisposed();
    }

    @Override
    public void close() {
        socket.dispose();
    }

    private Mono<String> answer(String packet, String key) {
        if (packet.startsWith("0")) {
            return Mono.just("40{\"token\":\"" + key + "\"}");
        }
        if (packet.startsWith("2")) {
            return Mono.just("3");
        }
        if (packet.startsWith("40")) {
            ready.tryEmitEmpty();
        } else if (packet.startsWith("42")) {
            event(tree(packet.substring(2)));
        }
        return Mono.empty();
    }

    private synchronized void event(JsonNode event) {
        JsonNode payload = event.path(1);
        if (event.path(0).asText().equals("sandbox.created")) {
            inserted(payload);
        } else if (Set.of("destroying", "destroyed")
                .contains(payload.path("newState").asText())) {
            JsonNode gone = there.remove(payload.path("sandbox").path("id").asText());
            now -= gone != null && counted.test(gone.path("name").asText()) ? 1 : 0;
        }
    }

    private void inserted(JsonNode sandbox) {
        String name = sandbox.path("name").asText();
        createdByName.merge(name, 1, Integer::sum);
        if (!ignored.test(name)) {
            there.values().stream()
                    .filter(other -> !ignored.test(other.path("name").asText()) && isSameSample(other, sandbox))
                    .forEach(other -> twiceAlive.add(
                            name + " beside " + other.path("name").asText()));
        }
        there.put(sandbox.path("id").asText(), sandbox);
        now += counted.test(name) ? 1 : 0;
        if (now > most) {
            most = now;
            atMost = there.values().stream()
                    .map(each -> each.path("name").asText())
                    .filter(counted)
                    .map(each -> each
                            + (createdByName.get(each) > 1 ? " (created again)" : "")
                            + (ignored.test(each) ? " (late)" : ""))
                    .sorted()
                    .collect(Collectors.joining(", "));
        }
    }

    private static boolean isSameSample(JsonNode one, JsonNode other) {
        return !one.path("labels").path("sandflock_sample").asText().isEmpty()
                && List.of("inspect_run_id", "sandflock_sample", "sandflock_epoch").stream()
                        .allMatch(label -> one.path("labels")
                                .path(label)
                                .equals(other.path("labels").path(label)));
    }

    private static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
