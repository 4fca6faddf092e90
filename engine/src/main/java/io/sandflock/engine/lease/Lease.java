/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.TransientException;
import io.sandflock.engine.lease.IntentLog.Transition;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.SandboxInfo;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.ContextView;

/**
 * A slot for one sandbox: made synchronously, before anything can be cancelled, and released whatever happens. The create
 * runs detached from those who wait for it, so that no cancellation can lose its answer; the release waits for that answer
 * and deletes what came.
 */
public final class Lease {

    private enum Phase {
        NEW,
        CREATING,
        RELEASING
    }

    private final Leases leases;
    private final LeaseRequest request;
    private final IntentLog log;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.NEW);
    private final Sinks.One<Acquired> acquired = Sinks.one();
    private final Sinks.Empty<Void> closing = Sinks.empty();
    private final Sinks.Empty<Void> released = Sinks.empty();
    /** Completes with the first request: the time before it is nobody's fault. */
    private final Sinks.Empty<Void> sent = Sinks.empty();
    /** Names asked for, the latest; written before the intent, read by whoever reports. */
    private volatile @Nullable CreateSandbox asked = null;
    /** Asked for by a create whose outcome was ever open, with the time of the last doubt. */
    private final Map<CreateSandbox, Long> doubted = new ConcurrentHashMap<>();

    /** When it was asked for; 0 for one that was there already. */
    private volatile long sentNanos = 0;

    private final AtomicLong createdNanos = new AtomicLong();
    private volatile Duration existed = Duration.ZERO;
    /** Disposed of for good by the release, also when the sandbox comes only then. */
    private final Disposable.Swap inUse = Disposables.swap();

    /** One that is there already, and that nobody else has. */
    private final @Nullable SandboxInfo found;

    Lease(Leases leases, LeaseRequest request, IntentLog log, @Nullable SandboxInfo found) {
        this.leases = leases;
        this.request = request;
        this.log = log;
        this.found = found;
    }

    /**
     * The started sandbox. The first subscription starts the create. On cancel, and on the timeout of the request, the create
     * goes on: {@link #release()} deletes what comes of it.
     *
     * <p>Errors: {@link HeldException}; START_FAILED; TIMEOUT; the platform's refusals; CANCELLED when no sandbox is created any more,
     * and when it is released before one was asked for. Subscribed to after the release, it never signals: whoever released it no longer
     * waits.
     */
    public Mono<SandboxInfo> ready() {
        return Mono.deferContextual(this::start)
                .then(acquired.asMono())
                .flatMap(this::sandboxOf)
                .flatMap(started -> log.started(started.name(), started.id()).thenReturn(started))
                .timeout(
                        sent.asMono().then(leases.time().delay(request.createTimeout())), Mono.error(this::notStarted));
    }

    private TransientException notStarted() {
        return new TransientException(
                ErrorCode.TIMEOUT,
                "the sandbox was not started within " + request.createTimeout().toMillis() + " ms",
                ErrorContext.NONE.withSandbox(name()),
                null);
    }

    private Mono<Void> start(ContextView context) {
        Phase before = phase.get();
        if (before != Phase.NEW) {
            // After the release an error would only be dropped, and logged as one.
            return before == Phase.CREATING ? Mono.empty() : Mono.never();
        }
        if (!leases.admit(this) || !phase.compareAndSet(Phase.NEW, Phase.CREATING)) {
            Phase now = phase.get();
            if (now == Phase.CREATING) {
                return Mono.empty();
            }
            leases.forget(this);
            return now == Phase.RELEASING
                    ? Mono.never()
                    : Mono.error(new PermanentException(
                            ErrorCode.CANCELLED, "no sandbox is created any more", ErrorContext.NONE));
        }
        // Owned by this slot: a create that was sent is never cancelled, and release() waits for what it emits.
        acquire()
                .onErrorResume(defect -> Mono.just(new Acquired.Unknown(name(), defect)))
                .doOnNext(this::measure)
                .contextWrite(own -> own.putAll(context))
                .subscribe(acquired::tryEmitValue);
        return Mono.empty();
    }

    private Mono<Acquired> acquire() {
        SandboxInfo there = found;
        if (there != null) {
            return Mono.fromSupplier(() -> {
                note(request.create().apply(there.name()));
                log.transition(there.name(), Transition.ADOPTED, there.id());
                return new Acquired.Got(there);
            });
        }
        LeaseRequest noted = new LeaseRequest(
                request.names(), name -> note(request.create().apply(name)), request.timeout(), request.keep());
        return leases.creation().create(noted, new Doubting(), closing.asMono(), () -> phase.get() == Phase.RELEASING);
    }

    private CreateSandbox note(CreateSandbox create) {
        asked = create;
        sentNanos = leases.time().nanos();
        sent.tryEmitEmpty();
        return create;
    }

    /** Made by an earlier request than the last one. */
    private boolean isOlder(CreateSandbox last, Acquired.Got got) {
        return found != null
                || !Labels.expiry(last.labels())
                        .equals(Labels.expiry(got.sandbox().labels()));
    }

    private void measure(Acquired outcome) {
        CreateSandbox last = asked;
        if (outcome instanceof Acquired.Got got && last != null) {
            createdNanos.set(leases.time().nanos());
            leases.room();
            leases.vacancy().granted();
            // Owned by this slot: ends with its release.
            inUse.update(leases.keepAlive()
                    .of(last, got.sandbox(), isOlder(last, got))
                    .subscribe());
        } else if (outcome instanceof Acquired.None none && Creation.is(none.cause(), ErrorCode.QUOTA_EXCEEDED)) {
            leases.vacancy().refused();
        }
    }

    private Mono<SandboxInfo> sandboxOf(Acquired outcome) {
        if (outcome instanceof Acquired.Got got) {
            return leases.readiness().started(got.sandbox());
        }
        return Mono.error(outcome instanceof Acquired.None none ? none.cause() : ((Acquired.Unknown) outcome).cause());
    }

    /**
     * Waits for the create's outcome and deletes the sandbox, if there is one. Never errors; completes when the sandbox is gone or
     * {@linkplain Leases#leftOver() left over}. Idempotent; goes on when it is cancelled.
     */
    public Mono<Void> release() {
        return Mono.deferContextual(context -> {
            Phase before = phase.getAndSet(Phase.RELEASING);
            if (before == Phase.NEW) {
                done();
            } else if (before == Phase.CREATING) {
                closing.tryEmitEmpty();
                // Owned by this slot: whoever releases may be cancelled, the release is not.
                acquired.asMono()
                        .flatMap(this::dispose)
                        .contextWrite(own -> own.putAll(context))
                        .subscribe(ignored -> {}, defect -> defect(defect), this::done);
            }
            // Last: whatever becomes of it, the release has begun.
            inUse.dispose();
            return released.asMono();
        });
    }

    /** Completes when {@link #release()} has, by whomever it was called. */
    Mono<Void> released() {
        return released.asMono();
    }

    private Mono<Void> dispose(Acquired outcome) {
        if (outcome instanceof Acquired.Got got) {
            return dispose(got.sandbox());
        }
        return outcome instanceof Acquired.Unknown unknown ? disposeUnknown(unknown) : Mono.empty();
    }

    private Mono<Void> dispose(SandboxInfo sandbox) {
        if (request.keep()) {
            return Mono.fromRunnable(
                    () -> leases.keep(new LeftOver(sandbox.name(), sandbox.id(), "clean-up was switched off"), log));
        }
        return leases.deletion().delete(sandbox.id(), sandbox.name(), log).then();
    }

    private Mono<Void> disposeUnknown(Acquired.Unknown unknown) {
        CreateSandbox last = asked;
        if (last == null) {
            return Mono.empty();
        }
        return leases.creation()
                .findInsistently(last, leases.settings().release())
                .flatMap(this::dispose)
                .onErrorResume(error -> Mono.fromRunnable(() -> notFound(unknown, error)));
    }

    /** Looked for as long as the platform may err: it is not there, unless the platform did not answer at all. */
    private void notFound(Acquired.Unknown unknown, Throwable error) {
        if (Creation.is(error, ErrorCode.CONFLICT) || Creation.is(error, ErrorCode.NOT_FOUND)) {
            log.transition(unknown.name(), Transition.DELETED, "never created");
        } else {
            leases.deletion()
                    .left(
                            new LeftOver(
                                    unknown.name(),
                                    "",
                                    "it is not known whether it was created: " + error.getMessage()),
                            log);
        }
    }

    private void defect(Throwable defect) {
        leases.deletion().left(new LeftOver(name(), "", "a defect of Sandflock's own: " + defect), log);
        done();
    }

    private void done() {
        long created = createdNanos.get();
        if (created != 0) {
            existed = leases.time().since(created);
            leases.room();
            leases.vacancy().freed();
        }
        if (!request.keep()) {
            doubted.forEach(leases.lateLooks()::later);
        }
        leases.forget(this);
        released.tryEmitEmpty();
    }

    /** The name asked for last; empty before the first request. */
    public String name() {
        CreateSandbox last = asked;
        return last == null ? "" : last.name();
    }

    /** From the request for the sandbox until now, without the wait for its turn; empty for one that was there already. */
    public Optional<Duration> sinceSent() {
        long since = sentNanos;
        return since == 0 ? Optional.empty() : Optional.of(leases.time().since(since));
    }

    /** How long the sandbox existed; known after the release. */
    public Duration existed() {
        return existed;
    }

    /** Passes on, and keeps what was asked for when it became doubtful. */
    private final class Doubting implements IntentLog {

        @Override
        public Mono<Void> intent(String name, Map<String, String> labels) {
            return log.intent(name, labels);
        }

        @Override
        public Mono<Void> started(String name, String id) {
            return log.started(name, id);
        }

        @Override
        public void transition(String name, Transition what, String detail) {
            CreateSandbox last = asked;
            if (what == Transition.UNKNOWN && last != null) {
                doubted.put(last, leases.time().nanos());
            }
            log.transition(name, what, detail);
        }
    }
}
