/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.TransientException;
import io.sandflock.engine.limit.Again;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * Repeats a request that may be repeated, because all of ours are: an execution is claimed once, and a file written twice is the same
 * file. Stops when the sandbox turns out to be gone, or when the time is up.
 */
final class Recovery {

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    /** Failure after which the platform is asked for the sandbox's state, and then every so many. */
    private static final int EXAMINE_EVERY = 2;

    private final Vitals vitals;
    private final ExecSettings settings;

    Recovery(Vitals vitals, ExecSettings settings) {
        this.vitals = vitals;
        this.settings = settings;
    }

    /** {@code request} with repeats; errors with {@link SandboxUnavailableException}, or with the last failure. */
    <T> Mono<T> apply(Mono<T> request) {
        return Mono.defer(() -> Again.retryWhen(request, repeats(() -> true)));
    }

    /** {@code request} with repeats as long as nothing of its answer was passed on. */
    <T> Flux<T> untilFirst(Flux<T> request) {
        return Flux.defer(() -> {
            AtomicBoolean begun = new AtomicBoolean();
            return request.doOnNext(first -> begun.set(true)).retryWhen(repeats(() -> !begun.get()));
        });
    }

    private Retry repeats(BooleanSupplier mayRepeat) {
        Scheduler clock = Schedulers.parallel();
        long began = clock.now(TimeUnit.NANOSECONDS);
        return Retry.from(failures -> failures.concatMap(
                signal -> mayRepeat.getAsBoolean()
                        ? next(signal.failure(), signal.totalRetries(), clock.now(TimeUnit.NANOSECONDS) - began)
                        : lost(signal.failure()),
                1));
    }

    /** Too late for a repeat, but not for the reason. */
    private Mono<Long> lost(Throwable failure) {
        return isWorthARepeat(failure)
                ? vitals.examine(failure).<Long>flatMap(Mono::error).switchIfEmpty(Mono.error(failure))
                : Mono.error(failure);
    }

    private Mono<Long> next(Throwable failure, long failedBefore, long elapsedNanos) {
        if (!isWorthARepeat(failure)) {
            return Mono.error(failure);
        }
        boolean timeIsUp = elapsedNanos >= settings.recovery().toNanos();
        boolean examine =
                timeIsUp || failure instanceof SandboxUnavailableException || failedBefore % EXAMINE_EVERY == 1;
        Mono<SandboxUnavailableException> death = examine ? vitals.examine(failure) : Mono.empty();
        return death.<Long>flatMap(Mono::error)
                .switchIfEmpty(Mono.defer(() -> timeIsUp ? Mono.error(failure) : pause(failure, failedBefore)));
    }

    private Mono<Long> pause(Throwable failure, long failedBefore) {
        long longest = Math.min(LONGEST_PAUSE.toMillis(), settings.backoff().toMillis() << Math.min(failedBefore, 10));
        long millis = ThreadLocalRandom.current().nextLong(longest + 1);
        Duration asked = failure instanceof TransientException transientFailure
                ? transientFailure.retryAfter().orElse(Duration.ZERO)
                : Duration.ZERO;
        return Mono.delay(asked.plusMillis(millis));
    }

    private static boolean isWorthARepeat(Throwable failure) {
        if (!(failure instanceof TransientException transientFailure)) {
            return false;
        }
        ErrorCode code = transientFailure.code();
        return switch (code) {
            case UNREACHABLE, TIMEOUT, PLATFORM_ERROR, RATE_LIMITED, SANDBOX_UNAVAILABLE -> true;
            default -> false;
        };
    }
}
