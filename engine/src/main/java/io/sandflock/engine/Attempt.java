/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.Outcome;
import io.sandflock.RunSpec;
import io.sandflock.Sandbox;
import io.sandflock.SandboxSpec;
import io.sandflock.Stage;
import io.sandflock.engine.lease.Lease;
import io.sandflock.engine.limit.Gate;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.run.RunScope;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The slot of one attempt: a place at the gate and a lease, both made with it and both given back with it. */
final class Attempt {

    private final SampleCourse course;
    private final Gate.Ticket ticket;
    private final Lease lease;
    /** Set before the lease's first request, which reads it. */
    private volatile CreateSandbox.@Nullable Source source = null;

    Attempt(SampleCourse course, Engineering engineering) {
        RunScope scope = course.scope();
        RunSpec spec = scope.spec();
        this.course = course;
        this.ticket = scope.gate().ticket();
        this.lease = engineering
                .leases()
                .lease(
                        engineering.request(
                                course.purpose(),
                                this::source,
                                spec.env(),
                                java.util.Map.of(),
                                spec.limits().createTimeout(),
                                spec.limits().sample(),
                                !spec.cleanup()),
                        scope.log());
        course.begin(lease);
    }

    Gate.Ticket ticket() {
        return ticket;
    }

    Lease lease() {
        return lease;
    }

    void source(CreateSandbox.Source resolved) {
        source = resolved;
    }

    private CreateSandbox.Source source() {
        CreateSandbox.Source resolved = source;
        if (resolved == null) {
            throw new IllegalStateException("the source is resolved before the sandbox is asked for");
        }
        return resolved;
    }

    SandboxSpec sandboxSpec() {
        return Engineering.specOf(course.job().sample(), course.scope().spec().sandbox());
    }

    RunSpec.Limits limits() {
        return course.scope().spec().limits();
    }

    /** Emits the outcome of a run that was told to stop. */
    Mono<Outcome> stopped() {
        return course.scope().stop().outcome();
    }

    Mono<Void> queued(Mono<Void> admission) {
        return course.queued(admission);
    }

    <T> Mono<T> timed(Stage stage, Mono<T> work) {
        return course.timed(stage, work);
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
