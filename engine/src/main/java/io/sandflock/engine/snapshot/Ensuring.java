/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.SandflockException;
import io.sandflock.TransientException;
import io.sandflock.engine.limit.Backoff;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.Snapshots;
import io.sandflock.engine.platform.Snapshots.CreateSnapshot;
import io.sandflock.engine.platform.Snapshots.SnapshotInfo;
import io.sandflock.engine.platform.Snapshots.State;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One snapshot being made sure of, from the first look until it is active. The name is the authority between processes: whoever creates
 * it first has it built, and all others are told that it exists, and wait.
 *
 * <p>One that failed before is deleted and created anew, once. One whose build fails under our eyes is not: the same text would fail
 * again.
 */
final class Ensuring {

    private static final Duration CALL = Duration.ofSeconds(60);
    private static final Backoff TROUBLE = Backoff.endless(Duration.ofMillis(500), Duration.ofSeconds(10));
    private static final Backoff INVISIBLE = new Backoff(12, Duration.ofSeconds(1), Duration.ofSeconds(10));
    private static final Duration FIRST_POLL = Duration.ofMillis(300);
    private static final Duration LONGEST_POLL = Duration.ofSeconds(5);
    /** What a failed build says last may come after its state. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private final Snapshots snapshots;
    private final Wanted wanted;
    private final Audience audience;
    private final Time time;
    private final BuildLog log;
    private final AtomicBoolean replaced = new AtomicBoolean();
    private final AtomicBoolean reread = new AtomicBoolean();

    Ensuring(Snapshots snapshots, Wanted wanted, Audience audience, Time time) {
        this.snapshots = snapshots;
        this.wanted = wanted;
        this.audience = audience;
        this.time = time;
        this.log = new BuildLog(wanted.secrets(), audience::log);
    }

    /** The active snapshot. Cold; subscribed to once. On cancel what the platform does goes on. */
    Mono<SnapshotInfo> ensured() {
        return look(wanted.name()).flatMap(this::found).switchIfEmpty(Mono.defer(this::created));
    }

    /** What was there before us. */
    private Mono<SnapshotInfo> found(SnapshotInfo snapshot) {
        return hasFailed(snapshot) ? replace(snapshot) : followed(snapshot, false);
    }

    private Mono<SnapshotInfo> created() {
        return wanted.source()
                .map(source -> new CreateSnapshot(wanted.name(), source, wanted.resources()))
                .flatMap(request -> call(snapshots.create(request)))
                .retryWhen(TROUBLE.on(time))
                .map(snapshot -> followed(snapshot, true))
                .onErrorResume(error -> is(error, ErrorCode.CONFLICT), error -> Mono.just(adopted(error)))
                .flatMap(Function.identity());
    }

    /** Somebody else's, or that of a create of ours whose answer was lost. It may take a moment until it can be seen. */
    private Mono<SnapshotInfo> adopted(Throwable conflict) {
        return look(wanted.name())
                .switchIfEmpty(Mono.error(() -> new TransientException(
                        ErrorCode.CONFLICT,
                        "the platform says that the snapshot " + wanted.name() + " exists, and that it does not",
                        ErrorContext.NONE,
                        conflict)))
                .retryWhen(INVISIBLE.on(time))
                .flatMap(this::found);
    }

    /** Until its state is a last one; its log is followed meanwhile. */
    private Mono<SnapshotInfo> followed(SnapshotInfo snapshot, boolean ours) {
        return Mono.defer(() -> {
                    Sinks.One<Duration> ended = Sinks.one();
                    Mono<SnapshotInfo> last = states(snapshot, FIRST_POLL)
                            .doOnNext(settled -> ended.tryEmitValue(hasFailed(settled) ? LAST_WORDS : Duration.ZERO));
                    return isSettled(snapshot.state()) || !wanted.hasLog()
                            ? last
                            : Mono.zip(
                                    last,
                                    logged(snapshot, ended.asMono().flatMap(time::delay)),
                                    (settled, done) -> settled);
                })
                .flatMap(settled -> ended(settled, ours))
                .switchIfEmpty(Mono.defer(this::vanished));
    }

    private Mono<Boolean> logged(SnapshotInfo snapshot, Mono<Void> until) {
        return snapshots
                .buildLog(snapshot.id())
                .takeUntilOther(until)
                .doOnNext(log::add)
                .onErrorComplete()
                .then(Mono.fromRunnable(log::end))
                .thenReturn(true);
    }

    private Mono<SnapshotInfo> states(SnapshotInfo snapshot, Duration poll) {
        if (isSettled(snapshot.state())) {
            // One that is there is no news, unless it was waited for.
            if (!audience.lastState().isEmpty()) {
                audience.state(snapshot.rawState());
            }
            return Mono.just(snapshot);
        }
        audience.state(snapshot.rawState());
        return time.delay(time.between(poll.dividedBy(2), poll))
                .then(look(snapshot.id()))
                .flatMap(next -> states(next, longer(poll)));
    }

    private Mono<SnapshotInfo> ended(SnapshotInfo settled, boolean ours) {
        return switch (settled.state()) {
            case ACTIVE -> Mono.just(settled);
            case INACTIVE -> activated(settled).flatMap(next -> followed(next, false));
            case ERROR -> replaced.get() ? failed(settled, ours) : replace(settled);
            case BUILD_FAILED -> failed(settled, ours);
            case BUILDING, PENDING, PULLING, SNAPSHOTTING, REMOVING, UNKNOWN ->
                Mono.error(new IllegalStateException("not a last state: " + settled.rawState()));
        };
    }

    private Mono<SnapshotInfo> activated(SnapshotInfo inactive) {
        return call(snapshots.activate(inactive.id()))
                .retryWhen(TROUBLE.on(time, error -> error.code() != ErrorCode.CONFLICT))
                .filter(next -> next.state() != State.INACTIVE)
                .switchIfEmpty(Mono.defer(() -> lookLater(inactive)))
                // Somebody else activated it, or deactivates it just now: its state says what is next.
                .onErrorResume(
                        error -> is(error, ErrorCode.CONFLICT)
                                || is(error, ErrorCode.SNAPSHOT_FAILED)
                                || is(error, ErrorCode.INVALID_INPUT),
                        error -> lookLater(inactive));
    }

    private Mono<SnapshotInfo> lookLater(SnapshotInfo snapshot) {
        return time.delay(time.between(FIRST_POLL, FIRST_POLL.multipliedBy(3))).then(look(snapshot.id()));
    }

    /** A failed one is in the way of its successor. */
    private Mono<SnapshotInfo> replace(SnapshotInfo failed) {
        if (!wanted.isOurs() || !replaced.compareAndSet(false, true)) {
            return failed(failed, false);
        }
        return deleted(failed).then(Mono.defer(this::created));
    }

    private Mono<Void> deleted(SnapshotInfo snapshot) {
        return call(snapshots.delete(snapshot.id())).retryWhen(TROUBLE.on(time)).then(gone(snapshot, FIRST_POLL));
    }

    /** Its name is free once it cannot be found. */
    private Mono<Void> gone(SnapshotInfo snapshot, Duration poll) {
        return Mono.defer(() -> look(snapshot.id()))
                .flatMap(still -> time.delay(time.between(poll.dividedBy(2), poll))
                        .then(gone(snapshot, longer(poll)))
                        .thenReturn(still))
                .then();
    }

    /** Deleted by somebody while it was waited for. */
    private Mono<SnapshotInfo> vanished() {
        if (!reread.compareAndSet(false, true)) {
            return Mono.error(new PermanentException(
                    ErrorCode.SNAPSHOT_FAILED,
                    "the snapshot " + wanted.name() + " was deleted twice while it was waited for",
                    ErrorContext.NONE));
        }
        return created();
    }

    private Mono<SnapshotInfo> failed(SnapshotInfo snapshot, boolean ours) {
        String end = log.tail();
        PermanentException error = new PermanentException(
                ErrorCode.SNAPSHOT_FAILED,
                "no sandbox can be made from " + wanted.what() + ": the snapshot " + wanted.name() + " is "
                        + snapshot.rawState()
                        + snapshot.errorReason()
                                // Some reasons have the log in them, which follows anyway.
                                .map(reason -> end.isEmpty()
                                        ? reason
                                        : reason.lines().findFirst().orElse(""))
                                .map(reason -> ", because " + log.masked(reason))
                                .orElse("")
                        + (end.isEmpty() ? "" : "; the build's log ends with\n" + end),
                ErrorContext.NONE);
        // What failed is of no use to anybody, and its log's end is in the error. Somebody else's is left to them.
        Mono<Void> removed = ours ? call(snapshots.delete(snapshot.id())).onErrorComplete() : Mono.empty();
        return removed.then(Mono.error(error));
    }

    /** Empty when there is none. */
    private Mono<SnapshotInfo> look(String idOrName) {
        return call(snapshots.get(idOrName))
                .retryWhen(TROUBLE.on(time))
                .onErrorResume(error -> is(error, ErrorCode.NOT_FOUND), error -> Mono.empty());
    }

    private <T> Mono<T> call(Mono<T> call) {
        return call.timeout(
                CALL,
                Mono.error(() -> new TransientException(
                        ErrorCode.TIMEOUT,
                        "the platform did not answer within " + CALL.toSeconds() + " s about the snapshot "
                                + wanted.name(),
                        ErrorContext.NONE,
                        null)),
                time.scheduler());
    }

    private static boolean hasFailed(SnapshotInfo snapshot) {
        return snapshot.state() == State.ERROR || snapshot.state() == State.BUILD_FAILED;
    }

    private static boolean isSettled(State state) {
        return switch (state) {
            case ACTIVE, INACTIVE, ERROR, BUILD_FAILED -> true;
            case BUILDING, PENDING, PULLING, SNAPSHOTTING, REMOVING, UNKNOWN -> false;
        };
    }

    private static Duration longer(Duration poll) {
        Duration next = poll.multipliedBy(3).dividedBy(2);
        return next.compareTo(LONGEST_POLL) < 0 ? next : LONGEST_POLL;
    }

    private static boolean is(Throwable error, ErrorCode code) {
        return error instanceof SandflockException known && known.code() == code;
    }
}
