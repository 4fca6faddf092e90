/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import io.sandflock.TransientException;
import java.time.Duration;
import java.util.function.Predicate;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Tries again after {@link TransientException}s, and after nothing else. The wait is what the platform asked for plus full
 * jitter: anything from zero to {@code first}, doubled with each try up to {@code most}. Reactor's own back-off never waits
 * less than its minimum, which keeps a burst together, and knows no time from the server.
 *
 * @param tries further tries; {@link Long#MAX_VALUE} leaves the end to a timeout outside
 * @param first jitter of the first wait
 * @param most jitter of the longest wait
 */
public record Backoff(long tries, Duration first, Duration most) {

    /** Refuses what cannot be waited for. */
    public Backoff {
        if (tries < 0 || first.isNegative() || most.compareTo(first) < 0) {
            throw new IllegalArgumentException(
                    "tries must not be negative and first at most most, was " + tries + ", " + first + ", " + most);
        }
    }

    /** No end of tries. */
    public static Backoff endless(Duration first, Duration most) {
        return new Backoff(Long.MAX_VALUE, first, most);
    }

    /** For {@code retryWhen}: every transient error. When the tries are used up, the last error is passed on as it is. */
    public Retry on(Time time) {
        return on(time, error -> true);
    }

    /** For {@code retryWhen}: the transient errors that pass the test. */
    public Retry on(Time time, Predicate<? super TransientException> retryable) {
        return Retry.from(signals -> signals.concatMap(signal -> next(signal, time, retryable), 1));
    }

    private Mono<Long> next(Retry.RetrySignal signal, Time time, Predicate<? super TransientException> retryable) {
        if (signal.totalRetries() < tries
                && signal.failure() instanceof TransientException failure
                && retryable.test(failure)) {
            return time.delay(wait(signal.totalRetries(), failure, time)).thenReturn(signal.totalRetries());
        }
        return Mono.error(signal.failure());
    }

    /** How long to wait before try number {@code retries}, from 0, after this failure. */
    public Duration wait(long retries, TransientException failure, Time time) {
        // 30 doublings are beyond any cap and do not overflow.
        Duration doubled = first.multipliedBy(1L << Math.min(retries, 30));
        Duration jitter = time.jitter(doubled.compareTo(most) < 0 ? doubled : most);
        return failure.retryAfter().orElse(Duration.ZERO).plus(jitter);
    }
}
