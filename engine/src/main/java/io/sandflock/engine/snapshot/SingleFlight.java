/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import io.sandflock.engine.limit.Time;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Work that is done once however many wait for it. It ends with the last who waits, and what came of it is believed for a while.
 * Thread-safe.
 */
final class SingleFlight<K, V> {

    /**
     * What came of it.
     *
     * @param at of {@link Time#nanos()}
     */
    private record Result<V>(@Nullable V value, @Nullable Throwable error, long at) {}

    private final Time time;
    private final Duration believed;
    private final Predicate<Throwable> lasting;
    private final ConcurrentMap<K, Mono<V>> flights = new ConcurrentHashMap<>();
    private final ConcurrentMap<K, Result<V>> results = new ConcurrentHashMap<>();

    /**
     * @param believed how long a result is good
     * @param lasting the errors that are results too
     */
    SingleFlight(Time time, Duration believed, Predicate<Throwable> lasting) {
        this.time = time;
        this.believed = believed;
        this.lasting = lasting;
    }

    /**
     * Cold; on cancel the work goes on for the others.
     *
     * @param work of the first who asks; cold
     */
    Mono<V> get(K key, Mono<V> work) {
        return Mono.defer(() -> known(key).orElseGet(() -> flights.computeIfAbsent(key, any -> flight(key, work))));
    }

    private void keep(K key, Result<V> result) {
        if (remembers()) {
            results.put(key, result);
        }
    }

    /** Whether anything is believed at all. */
    boolean remembers() {
        return !believed.isZero();
    }

    /** The next who asks has the work done again. */
    void forget(K key) {
        results.remove(key);
    }

    private Optional<Mono<V>> known(K key) {
        return Optional.ofNullable(results.get(key))
                .filter(result -> time.since(result.at()).compareTo(believed) < 0)
                .map(result -> result.error() == null ? Mono.justOrEmpty(result.value()) : Mono.error(result.error()));
    }

    private Mono<V> flight(K key, Mono<V> work) {
        // Looked up once more: who came late to a flight that has just landed must not set off another.
        Mono<V> once = Mono.defer(() -> known(key)
                .orElseGet(() -> work.doOnNext(value -> keep(key, new Result<>(value, null, time.nanos())))
                        .doOnError(lasting, error -> keep(key, new Result<>(null, error, time.nanos())))));
        return once.doFinally(signal -> flights.remove(key))
                .as(Flux::from)
                .replay(1)
                .refCount(1)
                .next();
    }
}
