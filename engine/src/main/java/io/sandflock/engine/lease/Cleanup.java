/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.ErrorCode;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.Sandboxes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Finds and removes sandboxes that an owner's runs left, and nobody else's. */
public final class Cleanup {

    private static final Duration CLOCKS = Duration.ofMinutes(10);

    private final Sandboxes sandboxes;
    private final Deletion deletion;
    private final Map<String, String> whose;

    private Cleanup(Sandboxes sandboxes, Deletion deletion, Map<String, String> whose) {
        this.sandboxes = sandboxes;
        this.deletion = deletion;
        this.whose = whose;
    }

    /** @param owner whose sandboxes may be touched */
    public static Cleanup on(Platform platform, String owner, LeaseSettings settings, Time time) {
        return on(platform, Map.of(Labels.CREATED_BY, "inspect-ai", Labels.OWNER, owner), settings, time);
    }

    /** For everybody's sandboxes in the organization, those of other tools of Inspect's included: only when a person says so. */
    public static Cleanup ofEverybody(Platform platform, LeaseSettings settings, Time time) {
        return on(platform, Map.of(Labels.CREATED_BY, "inspect-ai"), settings, time);
    }

    private static Cleanup on(Platform platform, Map<String, String> whose, LeaseSettings settings, Time time) {
        Pacer pacer = new Pacer("cleanup", OptionalInt.empty(), time);
        Deletion deletion = new Deletion(platform.sandboxes(), pacer, settings, time, left -> {});
        return new Cleanup(platform.sandboxes(), deletion, whose);
    }

    /**
     * The sandboxes, oldest first, page by page to the end. Cold. Whatever the platform answers, one without the labels is
     * not emitted.
     *
     * @param run the run's id; all runs when empty
     */
    public Flux<SandboxInfo> find(Optional<String> run) {
        Map<String, String> labels = new HashMap<>(whose);
        run.ifPresent(id -> labels.put(Labels.RUN, id));
        return Flux.defer(() -> sandboxes.list(labels))
                .filter(found -> found.labels().entrySet().containsAll(labels.entrySet()));
    }

    /**
     * Those of them that nobody needs any more: the expiry in their labels is over. A process that lives moves it on in time. Ten
     * minutes are allowed for clocks that differ; one whose labels say nothing of it is left alone.
     *
     * @param now the time of day
     */
    public Flux<SandboxInfo> expired(Instant now) {
        return find(Optional.empty()).filter(found -> isExpired(found, now));
    }

    /** Whether {@link #expired} emits it. */
    public static boolean isExpired(SandboxInfo sandbox, Instant now) {
        return Labels.expiry(sandbox.labels())
                .filter(expiry -> expiry.plus(CLOCKS).isBefore(now))
                .isPresent();
    }

    /** One sandbox of the run; empty when there is none, or one that is somebody else's. Cold. */
    public Mono<SandboxInfo> find(String run, String idOrName) {
        Map<String, String> labels = new HashMap<>(whose);
        labels.put(Labels.RUN, run);
        return Mono.defer(() -> sandboxes.get(idOrName))
                .onErrorResume(error -> Creation.is(error, ErrorCode.NOT_FOUND), error -> Mono.empty())
                .filter(found -> found.labels().entrySet().containsAll(labels.entrySet()));
    }

    /**
     * Deletes, each until it is gone or its deadline is over. Never errors for a sandbox that stays: that is in its removal.
     *
     * @param concurrency deletes at once; at least 1
     */
    public Flux<Removal> remove(Flux<SandboxInfo> found, int concurrency) {
        return found.flatMap(this::remove, concurrency, 1);
    }

    private Mono<Removal> remove(SandboxInfo sandbox) {
        return deletion.delete(sandbox.id(), sandbox.name(), IntentLog.NONE).map(left -> new Removal(sandbox, left));
    }

    /** @param left why it is still there; empty when it is gone */
    public record Removal(SandboxInfo sandbox, Optional<LeftOver> left) {}
}
