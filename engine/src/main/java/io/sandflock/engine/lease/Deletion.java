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
import io.sandflock.engine.platform.SandboxState;
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
    private static final Backoff STOP = new Backoff(4, Duration.ofMillis(250), Duration.ofSeconds(2));
    /** Longer than the ten seconds in which a platform deletes what was stopped and is to be deleted at once. */
    private static final Duration DENIED = Duration.ofSeconds(30);

    private final Sandboxes sandboxes;
    private final Pacer pacer;
    private final LeaseSettings settings;
    private final Time time;
    private final Consumer<LeftOver> leftOver;
    /** Set once a sandbox was left because the key may neither delete nor stop: the others are not waited for. */
    private volatile boolean hopeless = false;

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
                    .onErrorResume(error -> Creation.is(error, ErrorCode.UNAUTHORIZED)
                            ? denied(id, name, error, log)
                            : late(id, name, error, log));
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

    private Optional<LeftOver> left(String id, String name, String reason, IntentLog log) {
        return Optional.of(left(new LeftOver(name, id, reason), log));
    }

    /** Notes a sandbox that stays. */
    LeftOver left(LeftOver sandbox, IntentLog log) {
        log.transition(sandbox.name(), Transition.LEFT, sandbox.reason());
        leftOver.accept(sandbox);
        return sandbox;
    }

    /** A delete whose answers are all lost or late is carried out all the same: only a sandbox that is still there is left. */
    private Mono<Optional<LeftOver>> late(String id, String name, Throwable error, IntentLog log) {
        String why = "it could not be deleted within " + settings.release().toSeconds() + " s: " + reason(error);
        return isGone(id).map(gone -> gone ? gone(name, id, log) : left(id, name, why, log));
    }

    private static String reason(Throwable error) {
        return error instanceof SandflockException known ? known.reason() : error.toString();
    }

    /**
     * A key that may not delete may still be allowed to stop, and the platform deletes a stopped sandbox that is told to by its
     * interval. It is gone when the platform says so. A refusal may pass, too: the delete is tried again all the while.
     */
    private Mono<Optional<LeftOver>> denied(String id, String name, Throwable refusal, IntentLog log) {
        return stopped(id, name)
                .onErrorReturn(false)
                .flatMap(stopped -> untilGone(id, name)
                        .timeout(patience(stopped), Mono.just(false), time.scheduler())
                        .map(gone -> gone ? gone(name, id, log) : left(id, name, denied(stopped, refusal), log)));
    }

    private Mono<Boolean> stopped(String id, String name) {
        return setting(name, sandboxes.setAutoDelete(id, Duration.ZERO))
                .then(setting(name, sandboxes.stop(id, true)))
                .thenReturn(true);
    }

    private Mono<Void> setting(String name, Mono<?> call) {
        return pacer.pace(Mono.defer(() -> call))
                .timeout(settings.call(), Creation.timedOut("stop", name), time.scheduler())
                .retryWhen(STOP.on(time))
                .then()
                .onErrorResume(error -> Creation.is(error, ErrorCode.NOT_FOUND), error -> Mono.empty());
    }

    private Duration patience(boolean stopped) {
        Duration most = hopeless && !stopped ? Duration.ofMillis(1) : DENIED;
        return most.compareTo(settings.release()) < 0 ? most : settings.release();
    }

    /** Emits true, and never anything else. */
    private Mono<Boolean> untilGone(String id, String name) {
        return time.delay(time.between(STATE_CHANGE, STATE_CHANGE.multipliedBy(2)))
                .then(Mono.defer(() -> call(id, name).thenReturn(true)))
                .onErrorResume(refused -> isGone(id))
                .flatMap(gone -> gone ? Mono.just(true) : untilGone(id, name));
    }

    private Mono<Boolean> isGone(String id) {
        return Mono.defer(() -> sandboxes.get(id))
                .timeout(settings.call(), Mono.empty(), time.scheduler())
                .map(found -> found.state() == SandboxState.DESTROYED || found.state() == SandboxState.DESTROYING)
                .onErrorResume(error -> Mono.just(Creation.is(error, ErrorCode.NOT_FOUND)))
                .defaultIfEmpty(false);
    }

    private String denied(boolean stopped, Throwable refusal) {
        String why = " (" + reason(refusal) + ")";
        if (stopped) {
            return "the key may not delete it" + why
                    + "; it was stopped instead, and the platform is told to delete it";
        }
        hopeless = true;
        return "the key may neither delete nor stop it" + why;
    }
}
