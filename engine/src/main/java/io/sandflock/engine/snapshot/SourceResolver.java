/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.TransientException;
import io.sandflock.engine.limit.Backoff;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.plan.Base;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.Snapshots;
import io.sandflock.engine.platform.Snapshots.SnapshotInfo;
import io.sandflock.engine.platform.Snapshots.State;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import reactor.core.publisher.Mono;

/**
 * What a sandbox is made from, made sure of: a named snapshot exists and is active. However many samples ask for the same
 * name, one look is under way, and what it found is believed for a while; errors are not.
 */
public final class SourceResolver {

    /** A snapshot that was active is not looked at again for 5 minutes; a create says so when it went away meanwhile. */
    private static final Duration BELIEVED = Duration.ofMinutes(5);

    private static final Duration CALL = Duration.ofSeconds(60);
    private static final Backoff TROUBLE = Backoff.endless(Duration.ofMillis(500), Duration.ofSeconds(10));
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration LONGEST_POLL = Duration.ofSeconds(5);

    private final Snapshots snapshots;
    private final Duration deadline;
    private final Time time;
    private final ConcurrentMap<String, Mono<CreateSandbox.Source>> byName = new ConcurrentHashMap<>();

    /** @param deadline how long a snapshot may take to become active: pulls and builds take minutes */
    public SourceResolver(Snapshots snapshots, Duration deadline, Time time) {
        this.snapshots = snapshots;
        this.deadline = deadline;
        this.time = time;
    }

    /**
     * Cold; on cancel the look that others share goes on. Errors: NOT_FOUND and SNAPSHOT_FAILED for snapshots, UNSUPPORTED for what needs
     * a build; TIMEOUT and UNREACHABLE, transient, when the platform did not tell within the deadline.
     */
    public Mono<CreateSandbox.Source> resolve(Base base) {
        if (base instanceof Base.Snapshot snapshot) {
            return Mono.defer(() -> byName.computeIfAbsent(snapshot.name(), this::shared));
        }
        if (base instanceof Base.Image image) {
            // The platform itself builds or pulls it, or says why it cannot.
            return Mono.just(new CreateSandbox.Source.Build("FROM " + image.reference() + "\n", List.of()));
        }
        if (base instanceof Base.DefaultSnapshot) {
            return Mono.just(new CreateSandbox.Source.Snapshot(null));
        }
        return Mono.error(() -> new PermanentException(
                ErrorCode.UNSUPPORTED, "this version does not build sandboxes from " + base, ErrorContext.NONE));
    }

    private Mono<CreateSandbox.Source> shared(String name) {
        return active(name)
                .timeout(deadline, Mono.error(() -> slow(name)), time.scheduler())
                .<CreateSandbox.Source>thenReturn(new CreateSandbox.Source.Snapshot(name))
                .cache(source -> BELIEVED, error -> Duration.ZERO, () -> Duration.ZERO, time.scheduler());
    }

    private TransientException slow(String name) {
        return new TransientException(
                ErrorCode.TIMEOUT,
                "the snapshot " + name + " was not active within " + deadline.toSeconds() + " s",
                ErrorContext.NONE,
                null);
    }

    private Mono<SnapshotInfo> active(String name) {
        return look(name)
                .flatMap(found -> found.state() == State.INACTIVE ? activated(found) : Mono.just(found))
                .flatMap(found -> awaited(found, POLL));
    }

    private Mono<SnapshotInfo> look(String idOrName) {
        return Mono.defer(() -> snapshots.get(idOrName))
                .timeout(CALL, Mono.error(() -> slow(idOrName)), time.scheduler())
                .retryWhen(TROUBLE.on(time))
                .onErrorMap(PermanentException.class, error -> named(error, idOrName));
    }

    private static PermanentException named(PermanentException error, String name) {
        return error.code() != ErrorCode.NOT_FOUND
                ? error
                : new PermanentException(
                        ErrorCode.NOT_FOUND,
                        "the platform has no snapshot '" + name + "'; 'sandflock plan' shows where the name comes from",
                        error.context(),
                        error);
    }

    private Mono<SnapshotInfo> activated(SnapshotInfo inactive) {
        return Mono.defer(() -> snapshots.activate(inactive.id()))
                // Somebody else activates it: that is what we want.
                .onErrorResume(
                        error -> error instanceof TransientException conflict && conflict.code() == ErrorCode.CONFLICT,
                        error -> look(inactive.id()))
                .retryWhen(TROUBLE.on(time));
    }

    private Mono<SnapshotInfo> awaited(SnapshotInfo found, Duration poll) {
        return switch (found.state()) {
            case ACTIVE -> Mono.just(found);
            case ERROR, BUILD_FAILED, REMOVING -> Mono.error(failed(found));
            case BUILDING, PENDING, PULLING, SNAPSHOTTING, INACTIVE, UNKNOWN ->
                time.delay(time.between(poll.dividedBy(2), poll))
                        .then(look(found.id()))
                        .flatMap(next -> awaited(next, longer(poll)));
        };
    }

    private static Duration longer(Duration poll) {
        Duration next = poll.multipliedBy(3).dividedBy(2);
        return next.compareTo(LONGEST_POLL) < 0 ? next : LONGEST_POLL;
    }

    private static PermanentException failed(SnapshotInfo snapshot) {
        return new PermanentException(
                ErrorCode.SNAPSHOT_FAILED,
                "the snapshot " + snapshot.name() + " is " + snapshot.rawState()
                        + snapshot.errorReason()
                                .map(reason -> ", because " + reason)
                                .orElse("")
                        + "; a sandbox cannot be made from it",
                ErrorContext.NONE);
    }
}
