/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.engine.lease.Cleanup;
import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.lease.Labels;
import io.sandflock.engine.lease.Leases;
import io.sandflock.engine.lease.LeftOver;
import io.sandflock.engine.limit.Backoff;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.SandboxInfo;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Sandboxes that a run has, or may have, on the platform without a sample that uses them.
 *
 * @param cleanup finds them
 * @param leases deletes them
 */
public record Remains(Cleanup cleanup, Leases leases, Time time) {

    private static final Backoff TROUBLE = new Backoff(8, Duration.ofMillis(250), Duration.ofSeconds(5));

    private static final int AT_ONCE = 16;

    /** Refuses {@code null}. */
    public Remains {
        Objects.requireNonNull(cleanup, "cleanup");
        Objects.requireNonNull(leases, "leases");
        Objects.requireNonNull(time, "time");
    }

    /**
     * All sandboxes of the run: those that the platform lists, and those of the names that it does not, because it lags or because
     * nobody ever heard its answer.
     */
    Flux<SandboxInfo> of(String runId, List<Intended> intended) {
        return listed(runId).flatMapMany(listed -> {
            Set<String> known = new HashSet<>();
            listed.forEach(sandbox -> known.add(sandbox.name()));
            return Flux.fromIterable(listed)
                    .concatWith(Flux.fromIterable(intended)
                            .filter(one -> !known.contains(one.name()))
                            .flatMap(one -> named(runId, one), AT_ONCE, 1));
        });
    }

    private Mono<SandboxInfo> named(String runId, Intended intended) {
        return cleanup.find(runId, intended.id().isEmpty() ? intended.name() : intended.id())
                .retryWhen(TROUBLE.on(time));
    }

    private Mono<List<SandboxInfo>> listed(String runId) {
        return cleanup.find(Optional.of(runId)).collectList().retryWhen(TROUBLE.on(time));
    }

    /** Deletes one. Never errors: what stays is emitted. */
    Mono<LeftOver> remove(SandboxInfo sandbox, IntentLog log) {
        return leases.remove(sandbox, log).flatMap(Mono::justOrEmpty);
    }

    /**
     * Deletes what the owner's dead processes left, as far as its time is over; emits how many are gone.
     *
     * @param butOf the run that is under way: what it left before it was resumed is its own matter
     */
    Mono<Long> reap(String butOf) {
        return Flux.defer(() -> cleanup.expired(time.now()))
                .filter(sandbox -> !butOf.equals(sandbox.labels().get(Labels.RUN)))
                .collectList()
                .retryWhen(TROUBLE.on(time))
                .flatMapIterable(all -> all)
                .flatMap(sandbox -> leases.remove(sandbox, IntentLog.NONE), AT_ONCE, 1)
                .filter(Optional::isEmpty)
                .count();
    }

    /** Deletes whatever carries the run's id, and emits what stays. */
    Flux<LeftOver> sweep(String runId, IntentLog log) {
        return listed(runId).flatMapIterable(all -> all).flatMap(sandbox -> remove(sandbox, log), AT_ONCE, 1);
    }
}
