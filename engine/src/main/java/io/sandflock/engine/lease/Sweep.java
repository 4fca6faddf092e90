/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.TransientException;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.Sandboxes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One look for all who wait for sandboxes to start: a list of those of the owner's that have not started yet. Whoever is not on it has
 * started, or failed, or is not on it yet, and is to look itself; the others are not. With few waiting that is more than one look each,
 * so they are all told to look.
 *
 * <p>Looks begin with the first who waits, become rarer, and end with the last. A list that cannot be had tells nothing: then all look
 * themselves, until it can be had again. Thread-safe.
 */
final class Sweep {

    /** A list with a page and what follows it, against so many looks. */
    private static final int FEW = 3;

    private static final double GROWTH = 1.3;
    /** Whoever was told often enough in vain looks at every so many rounds only: lists may lag for long. */
    private static final int RAREST = 8;

    private static final Set<SandboxState> NOT_STARTED = Set.of(
            SandboxState.CREATING,
            SandboxState.RESTORING,
            SandboxState.STARTING,
            SandboxState.PENDING_BUILD,
            SandboxState.BUILDING_SNAPSHOT,
            SandboxState.PULLING_SNAPSHOT);

    private final Sandboxes sandboxes;
    private final LeaseSettings settings;
    private final Time time;
    private final BooleanSupplier heard;
    private final AtomicInteger waiting = new AtomicInteger();
    /** Of the owner whose sandboxes wait; an engine has one. */
    private volatile Map<String, String> labels = Map.of();

    private final Flux<Round> rounds;

    /** @param heard whether events arrive: then looks are rare */
    Sweep(Sandboxes sandboxes, LeaseSettings settings, Time time, BooleanSupplier heard) {
        this.sandboxes = sandboxes;
        this.settings = settings;
        this.time = time;
        this.heard = heard;
        this.rounds = Flux.defer(this::looks).publish(1).refCount(1);
    }

    /** Emits when it is time to look at this sandbox. Never ends by itself, and never errors. */
    Flux<SandboxInfo> of(SandboxInfo created) {
        return Flux.defer(() -> {
            labels = ofOwner(created);
            AtomicInteger told = new AtomicInteger();
            AtomicInteger passed = new AtomicInteger();
            return rounds.onBackpressureLatest()
                    .filter(round -> isDue(round, created.id(), told, passed))
                    .map(round -> created)
                    .doOnSubscribe(subscription -> waiting.incrementAndGet())
                    .doFinally(signal -> waiting.decrementAndGet());
        });
    }

    /** Rounds that say "look" are followed rarely when that was in vain; those that say "wait" are not believed for ever. */
    private static boolean isDue(Round round, String id, AtomicInteger told, AtomicInteger passed) {
        int since = passed.incrementAndGet();
        boolean look = round.mayHaveStarted(id);
        int every = look ? Math.min(RAREST, 1 << Math.min(told.get(), 3)) : 4 * RAREST;
        if (since < every) {
            return false;
        }
        passed.set(0);
        if (look) {
            told.incrementAndGet();
        }
        return true;
    }

    private Flux<Round> looks() {
        AtomicInteger done = new AtomicInteger();
        return Mono.defer(() -> time.delay(pause(done.getAndIncrement())))
                .then(Mono.defer(this::round))
                .repeat();
    }

    private Duration pause(int done) {
        Duration first = heard.getAsBoolean() ? settings.heardPoll() : settings.firstPoll();
        Duration most = heard.getAsBoolean() ? settings.heardPoll() : settings.longestPoll();
        // 40 times 1.3 is beyond any such range.
        double grown = first.toNanos() * Math.pow(GROWTH, Math.min(done, 40));
        Duration wait = grown < most.toNanos() ? Duration.ofNanos((long) grown) : most;
        return time.between(wait.dividedBy(2), wait);
    }

    private Mono<Round> round() {
        Map<String, String> whose = labels;
        if (waiting.get() <= FEW || whose.isEmpty()) {
            return Mono.just(Round.EVERYBODY);
        }
        return sandboxes
                .list(whose, NOT_STARTED)
                .map(SandboxInfo::id)
                .collect(Collectors.toSet())
                .map(ids -> new Round(Optional.of(ids)))
                .timeout(settings.call(), Mono.just(Round.EVERYBODY), time.scheduler())
                .onErrorReturn(TransientException.class, Round.EVERYBODY)
                // A key that may not list may still look.
                .onErrorReturn(io.sandflock.PermanentException.class, Round.EVERYBODY);
    }

    private static Map<String, String> ofOwner(SandboxInfo created) {
        Map<String, String> labels = new HashMap<>();
        for (String label : new String[] {Labels.CREATED_BY, Labels.OWNER}) {
            String value = created.labels().get(label);
            if (value == null) {
                return Map.of();
            }
            labels.put(label, value);
        }
        return labels;
    }

    /** @param notStarted ids; empty when it is not known who has started */
    private record Round(Optional<Set<String>> notStarted) {

        static final Round EVERYBODY = new Round(Optional.empty());

        boolean mayHaveStarted(String id) {
            return notStarted.map(ids -> !ids.contains(id)).orElse(true);
        }
    }
}
