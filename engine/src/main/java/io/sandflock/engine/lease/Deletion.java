/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.ErrorCode;
import io.sandflock.SandflockException;
import io.sandflock.TransientException;
import io.sandflock.engine.lease.IntentLog.Transition;
import io.sandflock.engine.limit.Backoff;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.Sandboxes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Deletes sandboxes, and does not give up before its deadline. */
final class Deletion {

    private static final Duration STATE_CHANGE = Duration.ofSeconds(1);
    private static final Backoff TROUBLE = Backoff.endless(Duration.ofMillis(250), Duration.ofSeconds(15));

    private final Sandboxes sandboxes;
    private final Pacer pacer;
    private final LeaseSettings settings;
    private final Time time;
    private final Consumer<LeftOver> leftOver;

    /** @param leftOver is told of each sandbox that stays */
    Deletion(Sandboxes sandboxes, Pacer pacer, LeaseSettings settings, Time time, Consumer<LeftOver> leftOver) {
        this.sandboxes = sandboxes;
        this.pacer = pacer;
        this.settings = settings;
        this.time = time;
        this.leftOver = leftOver;
    }

    /** Never errors: a sandbox that cannot be deleted is emitted and reported as left over. */
    Mono<Optional<LeftOver>> delete(String id, String name, IntentLog log) {
        return Mono.defer(() -> {
            AtomicReference<@Nullable Throwable> last = new AtomicReference<>();
            return call(id, name)
                    .doOnError(last::set)
                    .retryWhen(Retry.from(signals -> signals.concatMap(this::again, 1)))
                    .timeout(settings.release(), Mono.defer(() -> givenUp(last.get(), name)), time.scheduler())
                    .then(Mono.fromSupplier(() -> gone(name, id, log)))
                    .onErrorResume(error -> refused(id, name, error)
                            .map(reason -> Optional.of(left(new LeftOver(name, id, reason), log))));
        });
    }

    private Mono<Void> call(String id, String name) {
        Mono<Void> call = Mono.defer(() -> sandboxes.delete(id))
                .timeout(settings.call(), Creation.timedOut("delete", name), time.scheduler());
        // The timeout is inside: the wait for one's turn is no fault of the call's.
        return pacer.pace(call).onErrorResume(error -> Creation.is(error, ErrorCode.NOT_FOUND), error -> Mono.empty());
    }

    /** What the platform said last tells more than that the time is over. */
    private static Mono<Void> givenUp(@Nullable Throwable last, String name) {
        return last == null ? Creation.timedOut("delete", name) : Mono.error(last);
    }

    private Mono<Long> again(Retry.RetrySignal signal) {
        if (!(signal.failure() instanceof TransientException failure)) {
            return Mono.error(signal.failure());
        }
        // A state change is in progress, and seconds or minutes are what it takes: a growing back-off would only
        // oversleep it.
        Duration wait = failure.code() == ErrorCode.CONFLICT
                ? time.between(STATE_CHANGE, STATE_CHANGE.multipliedBy(2))
                : TROUBLE.wait(signal.totalRetriesInARow(), failure, time);
        return time.delay(wait).thenReturn(signal.totalRetries());
    }

    private static Optional<LeftOver> gone(String name, String id, IntentLog log) {
        log.transition(name, Transition.DELETED, id);
        return Optional.empty();
    }

    /** Notes a sandbox that stays. */
    LeftOver left(LeftOver sandbox, IntentLog log) {
        log.transition(sandbox.name(), Transition.LEFT, sandbox.reason());
        leftOver.accept(sandbox);
        return sandbox;
    }

    /** A key that may not delete may still be allowed to stop: a stopped sandbox of ours deletes itself. */
    private Mono<String> refused(String id, String name, Throwable error) {
        String reason = error instanceof SandflockException known ? known.reason() : error.toString();
        if (!Creation.is(error, ErrorCode.UNAUTHORIZED)) {
            return Mono.just(
                    "it could not be deleted within " + settings.release().toSeconds() + " s: " + reason);
        }
        return pacer.pace(Mono.defer(() -> sandboxes.stop(id, true)))
                .timeout(settings.call(), Creation.timedOut("stop", name), time.scheduler())
                .thenReturn("the key may not delete it (" + reason
                        + "); it was stopped instead, and the platform deletes stopped sandboxes of this run")
                .onErrorReturn("the key may neither delete nor stop it (" + reason + ")");
    }
}
