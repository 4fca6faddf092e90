/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Whether a stream that somebody waits for has been silent. A consumer that asks for nothing does not make a stream silent:
 * what is left of it is still in the socket. One for each subscription.
 */
final class Quiet {

    /** The daemon closes a log about one second after its command ended. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private static final int SILENT_LOOKS = 3;

    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong came = new AtomicLong();

    <T> Flux<T> watch(Flux<T> stream) {
        return stream.doOnRequest(n -> asked.accumulateAndGet(n, Quiet::addCapped))
                .doOnNext(item -> came.incrementAndGet());
    }

    /** Completes when nothing came for a while although more was asked for. */
    Mono<Void> now() {
        return Mono.defer(() -> {
            long[] last = {came.get(), 0};
            return Flux.interval(LOOK, LOOK)
                    .onBackpressureDrop()
                    .takeUntil(tick -> isSilent(last))
                    .then();
        });
    }

    private boolean isSilent(long[] last) {
        long now = came.get();
        last[1] = now == last[0] && asked.get() > now ? last[1] + 1 : 0;
        last[0] = now;
        return last[1] >= SILENT_LOOKS;
    }

    private static long addCapped(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
