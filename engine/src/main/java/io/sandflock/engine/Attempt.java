/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.Outcome;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.Sandbox;
import io.sandflock.SandboxSpec;
import io.sandflock.Stage;
import io.sandflock.engine.lease.HeldException;
import io.sandflock.engine.lease.Lease;
import io.sandflock.engine.lease.LeaseRequest;
import io.sandflock.engine.limit.Gate;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.run.RunScope;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The slot of one attempt: a place at the gate and a lease, both made with it and both given back with it. */
final class Attempt {

    private final SampleCourse course;
    private final Gate.Ticket ticket;
    private final Lease lease;
    /** Set before the lease's first request, which reads it. */
    private volatile @Nullable Prepared prepared = null;

    Attempt(SampleCourse course, Engineering engineering) {
        RunScope scope = course.scope();
        RunSpec spec = scope.spec();
        this.course = course;
        this.ticket = scope.gate().ticket();
        LeaseRequest request = engineering.request(
                course.purpose(),
                this::prepared,
                spec.env(),
                java.util.Map.of(),
                spec.limits().createTimeout(),
                spec.limits().sample(),
                !spec.cleanup());
        this.lease = course.adopted()
                .map(found -> engineering.leases().adopt(request, found, course.log()))
                .orElseGet(() -> engineering.leases().lease(request, course.log()));
        course.begin(lease);
    }

    Gate.Ticket ticket() {
        return ticket;
    }

    Lease lease() {
        return lease;
    }

    /** Makes sure that there is something to make the sandbox from, and keeps what it is. */
    Mono<Prepared> prepared(Preparation preparation) {
        Sample sample = course.job().sample();
        SandboxSpec spec = Engineering.specOf(sample, course.scope().spec().sandbox());
        return preparation.of(spec, sample, course.scope().events()).doOnNext(found -> prepared = found);
    }

    Prepared prepared() {
        Prepared found = prepared;
        if (found == null) {
            throw new IllegalStateException("a sandbox is prepared before it is asked for");
        }
        return found;
    }

    RunSpec.Limits limits() {
        return course.scope().spec().limits();
    }

    /** Emits the outcome of a run that was told to stop. */
    Mono<Outcome> stopped() {
        return course.scope().stop().outcome();
    }

    Mono<Void> queued(Mono<Void> admission) {
        return course.queued(course.room().then(admission));
    }

    /** Started, and what that says of how many there may be at once. */
    Mono<SandboxInfo> ready() {
        RunScope scope = course.scope();
        return lease.ready()
                .doOnNext(started -> lease.sinceSent().ifPresent(scope.limit()::granted))
                .doOnError(HeldException.class, held -> {
                    course.purpose().names().held(held);
                    scope.refused(held.code());
                });
    }

    <T> Mono<T> timed(Stage stage, Mono<T> work) {
        return course.timed(stage, work);
    }

    /** Work of several stages, which says itself when each of them begins. */
    <T> Mono<T> staged(java.util.function.Function<java.util.function.Consumer<Stage>, Mono<T>> work) {
        return course.staged(work);
    }

    /** The task of this attempt, told the sandbox that it has. */
    Mono<Outcome> run(Sandbox sandbox) {
        return course.scope().spec().task().run(course.context(sandbox));
    }

    Mono<Outcome> taskFailed(Throwable error) {
        return course.taskFailed(error);
    }

    /** Deletes the sandbox, then gives the place back: a permit stands for a sandbox until it is gone. Never errors. */
    Mono<Void> release() {
        return Mono.defer(() -> lease.name().isEmpty() ? lease.release() : timed(Stage.RELEASE, lease.release()))
                .doFinally(signal -> ticket.release())
                .then(Mono.fromRunnable(() -> course.existed(lease)));
    }
}
