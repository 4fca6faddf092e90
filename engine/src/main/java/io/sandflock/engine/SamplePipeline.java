/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.ErrorCode;
import io.sandflock.Outcome;
import io.sandflock.PermanentException;
import io.sandflock.Sandbox;
import io.sandflock.Stage;
import io.sandflock.engine.limit.Again;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.run.Finished;
import io.sandflock.engine.run.Job;
import io.sandflock.engine.run.RunScope;
import io.sandflock.engine.run.SampleRunner;
import io.sandflock.engine.snapshot.ImageMemory;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The way of a sample, top to bottom: admission, snapshot, sandbox, services, task, release. One for each run.
 *
 * <p>Each attempt is a slot, made synchronously: a ticket of the gate and a lease. Whatever happens to the attempt, its slot is
 * released, and the result is emitted after that. Deadlines nest: a call of a stage, the stage, the attempt, the run.
 */
final class SamplePipeline implements SampleRunner {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.engine");

    private final Engineering engineering;
    private final Preparation preparation;

    SamplePipeline(Engineering engineering) {
        this.engineering = engineering;
        this.preparation = new Preparation(engineering, ImageMemory.ofRun(engineering.time()));
    }

    @Override
    public Mono<Finished> run(Job job, RunScope scope) {
        return Mono.defer(() -> run(new SampleCourse(job, scope, engineering)));
    }

    /** A failed sample is a value: an error here would cancel every other sample of the run. */
    private Mono<Finished> run(SampleCourse course) {
        return Again.retryWhen(Mono.defer(() -> attempt(course)), course.retries())
                .onErrorResume(error -> Mono.just(course.failed(error)))
                .map(course::finished)
                .contextWrite(
                        context -> Pacer.as(course.scope().id(), course.meter().putInto(context)));
    }

    private Mono<Outcome> attempt(SampleCourse course) {
        return Mono.usingWhen(
                Mono.fromSupplier(() -> new Attempt(course, engineering)),
                this::stages,
                Attempt::release,
                (attempt, error) -> attempt.release(),
                Attempt::release);
    }

    /** The stop is first: once it was requested, nothing is begun. Inside the slot, so that its outcome waits for the release. */
    private Mono<Outcome> stages(Attempt attempt) {
        return Mono.firstWithSignal(
                attempt.stopped(),
                admission(attempt)
                        .then(Mono.defer(() -> snapshot(attempt)))
                        .flatMap(prepared -> sandbox(attempt))
                        .flatMap(started -> environments(attempt, started)
                                .flatMap(sandbox -> task(attempt, sandbox))
                                .onErrorResume(SamplePipeline::isServices, attempt::taskFailed)));
    }

    /** Waits while the platform has no room or asks to wait, then for a permit of the gate: a sandbox's place. Charged to nobody's timeout. */
    private Mono<Void> admission(Attempt attempt) {
        return attempt.queued(engineering.creates().calm().then(attempt.ticket().admitted()));
    }

    /** Resolves what was asked for, and makes sure that there is something to make the sandbox from. */
    private Mono<Prepared> snapshot(Attempt attempt) {
        return attempt.timed(Stage.SNAPSHOT, attempt.prepared(preparation));
    }

    /** Has the sandbox created, or adopts the one of a create whose answer was lost, and waits until it is started. */
    private Mono<SandboxInfo> sandbox(Attempt attempt) {
        return attempt.timed(Stage.CREATE, attempt.ready())
                .onErrorMap(error -> preparation.lost(attempt.prepared(), error));
    }

    /** The sandbox as the one environment that it is, or with one for each service that is brought up in it. */
    private Mono<Sandbox> environments(Attempt attempt, SandboxInfo started) {
        return attempt.staged(
                entered -> LiveSandbox.of(started, attempt.prepared().plan(), engineering, entered));
    }

    /** The eval's own services are part of its task: what they do is no failure of the infrastructure. */
    private static boolean isServices(Throwable error) {
        return error instanceof PermanentException permanent && permanent.code() == ErrorCode.SERVICE_FAILED;
    }

    /** Runs the task: files, setup, command, score, as it says itself. */
    private Mono<Outcome> task(Attempt attempt, Sandbox sandbox) {
        Duration limit = attempt.limits().sample();
        return Mono.defer(() -> attempt.run(sandbox))
                .switchIfEmpty(Mono.fromSupplier(() -> new Outcome.TaskFailed("the task ended without an outcome")))
                .timeout(
                        limit,
                        Mono.fromSupplier(() -> new Outcome.TimedOut("sample", limit)),
                        engineering.time().scheduler())
                .onErrorResume(attempt::taskFailed);
    }

    /** What a sample's failure is called when the failure is no error of ours. */
    static Outcome defect(Throwable error) {
        LOG.error("a defect of Sandflock's own", error);
        Throwable cause = error.getCause();
        return new Outcome.InfrastructureFailed(
                ErrorCode.INTERNAL,
                "a defect of Sandflock's own: " + error + (cause == null ? "" : ", because of " + cause));
    }
}
