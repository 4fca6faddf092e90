/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.TransientException;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.StateEvents;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Waits until sandboxes are started: the create's own answer if it says so; else state events, and one look at once for what
 * happened before the first event could arrive. A {@link Sweep} that all waiters share covers for events that are lost: rarely
 * while events are heard, often while they are not.
 */
final class Readiness {

    private final Platform platform;
    private final LeaseSettings settings;
    private final Time time;
    private final AtomicBoolean heard = new AtomicBoolean();
    private final Sweep sweep;

    Readiness(Platform platform, LeaseSettings settings, Time time) {
        this.platform = platform;
        this.settings = settings;
        this.time = time;
        this.sweep = new Sweep(platform.sandboxes(), settings, time, heard::get);
    }

    /**
     * Has no deadline of its own. Errors with START_FAILED when the sandbox will never start.
     *
     * @param created as the create or the adoption answered
     */
    Mono<SandboxInfo> started(SandboxInfo created) {
        if (created.state() == SandboxState.STARTED) {
            return Mono.just(created);
        }
        if (created.state().isDeadEnd()) {
            return Mono.error(startFailed(created));
        }
        Flux<SandboxInfo> events =
                platform.stateEvents().of(created.id()).concatMap(change -> heard(created, change), 1);
        // The events are subscribed to first: a change between a look and the subscription would be missed.
        return Flux.merge(events, looks(created))
                .filter(Readiness::isSettled)
                .next()
                .flatMap(settled -> settled.state() == SandboxState.STARTED
                        ? Mono.just(settled)
                        : Mono.error(startFailed(settled)));
    }

    private Mono<SandboxInfo> heard(SandboxInfo created, StateEvents.Change change) {
        if (change.equals(StateEvents.Change.LOST)) {
            heard.set(false);
            return look(created);
        }
        heard.set(true);
        if (change.state() == SandboxState.STARTED) {
            return Mono.just(withState(created, change.state()));
        }
        // Only the sandbox itself says why it failed.
        return change.state().isDeadEnd() ? look(created) : Mono.empty();
    }

    private Flux<SandboxInfo> looks(SandboxInfo created) {
        return look(created).concatWith(sweep.of(created).concatMap(due -> look(due), 1));
    }

    /** Whatever goes wrong with a look, the next one may tell; only a sandbox that is gone is an answer. */
    private Mono<SandboxInfo> look(SandboxInfo created) {
        return Mono.defer(() -> platform.sandboxes().get(created.id()))
                .timeout(settings.call(), Mono.empty(), time.scheduler())
                .onErrorResume(TransientException.class, trouble -> Mono.empty())
                .onErrorResume(
                        error -> Creation.is(error, ErrorCode.NOT_FOUND),
                        error -> Mono.just(withState(created, SandboxState.DESTROYED)));
    }

    private static boolean isSettled(SandboxInfo sandbox) {
        return sandbox.state() == SandboxState.STARTED || sandbox.state().isDeadEnd();
    }

    static SandboxInfo withState(SandboxInfo info, SandboxState state) {
        return new SandboxInfo(
                info.id(),
                info.name(),
                state,
                state.wire(),
                info.errorReason(),
                info.labels(),
                info.snapshot(),
                info.target(),
                info.user(),
                info.cpu(),
                info.memoryGib(),
                info.toolboxUrl(),
                info.createdAt());
    }

    static TransientException startFailed(SandboxInfo sandbox) {
        return new TransientException(
                ErrorCode.START_FAILED,
                "the sandbox did not start: it is " + sandbox.rawState()
                        + sandbox.errorReason()
                                .map(reason -> ", because " + reason)
                                .orElse(""),
                ErrorContext.NONE.withSandbox(sandbox.id()),
                null);
    }
}
