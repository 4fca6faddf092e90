/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.sandflock.engine.local.Machine;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A sandbox. What changes is read without a lock, one field at a time, and written under the row's own, which is held for a few
 * instructions and never over a call to the substrate.
 */
final class SandboxRow {

    final String id;
    final String name;
    final CreateRequest request;
    final String snapshot;
    final Resources resources;
    /** Microseconds, unique in the table: lists by age page by it. */
    final long createdMicros;

    final AtomicInteger requests = new AtomicInteger();
    /** Toolbox requests under way: a sandbox in use is not idle, however long a command is silent. */
    final AtomicInteger inUse = new AtomicInteger();
    /** Sees the machine die. */
    final Disposable.Swap watch = Disposables.swap();

    volatile State state = State.CREATING;
    volatile String desired = "started";
    volatile Map<String, String> labels;
    volatile boolean isPublic;
    volatile int autoStop;
    volatile int autoArchive;
    volatile int autoDelete;
    volatile int ttlMinutes;
    volatile Instant updatedAt;
    volatile Instant activeAt;
    volatile Instant stoppedAt = Instant.MAX;
    volatile @Nullable String errorReason;
    volatile @Nullable Machine machine;
    volatile @Nullable Oddity oddity;

    private volatile @Nullable Change change;

    SandboxRow(String id, CreateRequest request, String snapshot, Resources resources, long createdMicros) {
        this.id = id;
        this.name = request.name().orElse(id);
        this.request = request;
        this.snapshot = snapshot;
        this.resources = resources;
        this.createdMicros = createdMicros;
        this.labels = request.labels();
        this.isPublic = request.isPublic();
        this.autoStop = request.autoStop();
        this.autoArchive = request.autoArchive();
        this.autoDelete = request.autoDelete();
        this.ttlMinutes = request.ttlMinutes();
        this.updatedAt = createdAt();
        this.activeAt = updatedAt;
    }

    Instant createdAt() {
        return Instant.ofEpochSecond(createdMicros / 1_000_000, createdMicros % 1_000_000 * 1_000);
    }

    Optional<Instant> destroyAt() {
        return ttlMinutes > 0 ? Optional.of(createdAt().plusSeconds(60L * ttlMinutes)) : Optional.empty();
    }

    boolean isEphemeral() {
        return autoDelete == 0;
    }

    /** Registers a state change; the one before is over, whatever it was. Under the row's lock. */
    Change begin() {
        Change begun = new Change();
        change = begun;
        return begun;
    }

    /** Whether this change is still the one under way. Under the row's lock. */
    boolean isCurrent(Change asked) {
        return change == asked;
    }

    /** Forgets the change, which has ended. Under the row's lock. */
    void end() {
        change = null;
    }

    /** Completes when the state change that is under way ended; at once when there is none. */
    Mono<Void> settled() {
        Change current = change;
        return current == null ? Mono.empty() : current.ended.asMono();
    }

    /** Cancels the state change that is under way, if there is one: the substrate leaves nothing of what is cancelled. */
    void cancelChange() {
        Change current = change;
        if (current != null) {
            change = null;
            current.work.dispose();
            current.release();
        }
    }

    /** vCPUs, GiB, GiB. */
    record Resources(int cpu, int memory, int disk) {}

    /** A state change under way. */
    static final class Change {

        private final Sinks.Empty<Void> ended = Sinks.empty();
        private final Disposable.Swap work = Disposables.swap();

        void runs(Disposable subscription) {
            work.update(subscription);
        }

        /** Lets those go on who wait for the end; they go on here and now. */
        void release() {
            ended.tryEmitEmpty();
        }
    }

    /** What a fault does to how a sandbox is seen; only rows with a fault have one. */
    static final class Oddity {
        volatile Instant listedFrom = Instant.MIN;
        volatile Instant namedFrom = Instant.MIN;
        volatile String shownState = "";
        volatile Instant shownUntil = Instant.MIN;
        volatile boolean daemonDead;
    }
}
