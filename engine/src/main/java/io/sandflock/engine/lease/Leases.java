/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.limit.Vacancy;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.SandboxInfo;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Mono;

/** All sandboxes of an engine: what exists, what is left, and the way to have one. Thread-safe. */
public final class Leases {

    private final Creation creation;
    private final Deletion deletion;
    private final Readiness readiness;
    private final KeepAlive keepAlive;
    private final LeaseSettings settings;
    private final Time time;
    private final Set<Lease> open = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<LeftOver> left = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<LeftOver> kept = new ConcurrentLinkedQueue<>();
    /** Sandboxes of nobody that are being deleted. */
    private final AtomicInteger strays = new AtomicInteger();

    private final LateLooks lateLooks;
    private final Vacancy vacancy;
    private final AtomicLong lastRoom;
    private volatile boolean closed = false;

    /**
     * @param creates the budget of create calls
     * @param lifecycle the budget of deletes and stops
     */
    public Leases(Platform platform, Pacer creates, Pacer lifecycle, LeaseSettings settings, Time time) {
        this.settings = settings;
        this.time = time;
        this.vacancy = new Vacancy(time);
        this.lastRoom = new AtomicLong(time.nanos());
        this.deletion = new Deletion(platform.sandboxes(), lifecycle, settings, time, left::add);
        this.creation = new Creation(platform.sandboxes(), creates, deletion, settings, time);
        this.keepAlive = new KeepAlive(platform.sandboxes(), settings, time);
        this.readiness = new Readiness(platform, settings, time);
        this.lateLooks = new LateLooks(creation, deletion, settings, time);
    }

    /** A slot for a sandbox; nothing is sent before {@link Lease#ready()} is subscribed to. */
    public Lease lease(LeaseRequest request, IntentLog log) {
        return new Lease(this, request, log, null);
    }

    /** A slot for a sandbox that is there already, and that nobody else has. */
    public Lease adopt(LeaseRequest request, SandboxInfo found, IntentLog log) {
        return new Lease(this, request, log, found);
    }

    /** Deletes a sandbox that nobody has. Never errors: what stays is emitted and is {@linkplain #leftOver() left over}. */
    public Mono<Optional<LeftOver>> remove(SandboxInfo sandbox, IntentLog log) {
        return Mono.defer(() -> {
            strays.incrementAndGet();
            // Not doFinally: whoever hears of the end may count.
            return deletion.delete(sandbox.id(), sandbox.name(), log)
                    .doOnTerminate(strays::decrementAndGet)
                    .doOnCancel(strays::decrementAndGet);
        });
    }

    /** Sandboxes that exist or are being created or deleted, those that are left over or kept included. */
    public int live() {
        return open.size() + strays.get() + left.size() + kept.size();
    }

    /** Sandboxes that could not be deleted. */
    public List<LeftOver> leftOver() {
        return List.copyOf(left);
    }

    /** Sandboxes that are there because their request said so. */
    public List<LeftOver> kept() {
        return List.copyOf(kept);
    }

    /** Names of the sandboxes that are in use, or being created or deleted. */
    public List<String> openNames() {
        return open.stream()
                .map(Lease::name)
                .filter(name -> !name.isEmpty())
                .sorted()
                .toList();
    }

    /** Time since a sandbox was created or deleted: while it is short, who is held may hope for room. */
    public Duration sinceRoom() {
        return time.since(lastRoom.get());
    }

    /** Whether the platform has room for another sandbox; asked before one waits for a place. */
    public Vacancy vacancy() {
        return vacancy;
    }

    void room() {
        lastRoom.set(time.nanos());
    }

    /** From now on no sandbox is created any more. */
    public void close() {
        closed = true;
    }

    /** Completes when every lease that is open now, and every one opened meanwhile, was released. Has no deadline of its own. */
    public Mono<Void> idle() {
        return Mono.defer(() -> Mono.when(open.stream().map(Lease::released).toList()))
                .then(Mono.defer(() -> open.isEmpty() ? Mono.empty() : idle()));
    }

    /**
     * Looks for what creates made that were given up and carried out after all: soon, instead of when it would be looked by itself.
     * Completes when it was deleted. For the end: after {@link #idle()}.
     */
    public Mono<Void> lastLooks() {
        return lateLooks.finish();
    }

    /** Counted before the look at {@code closed}: a lease that slips in is either refused or waited for. */
    boolean admit(Lease lease) {
        open.add(lease);
        return !closed;
    }

    void forget(Lease lease) {
        open.remove(lease);
    }

    /** A sandbox that stays because it was asked to. */
    void keep(LeftOver sandbox, IntentLog log) {
        log.transition(sandbox.name(), IntentLog.Transition.LEFT, sandbox.reason());
        kept.add(sandbox);
    }

    LateLooks lateLooks() {
        return lateLooks;
    }

    Creation creation() {
        return creation;
    }

    Deletion deletion() {
        return deletion;
    }

    KeepAlive keepAlive() {
        return keepAlive;
    }

    Readiness readiness() {
        return readiness;
    }

    LeaseSettings settings() {
        return settings;
    }

    Time time() {
        return time;
    }
}
