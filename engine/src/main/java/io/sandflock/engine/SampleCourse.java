/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.CommandTimeoutException;
import io.sandflock.ErrorCode;
import io.sandflock.ExecResult;
import io.sandflock.Outcome;
import io.sandflock.RunEvent;
import io.sandflock.Sample;
import io.sandflock.SampleContext;
import io.sandflock.SampleResult;
import io.sandflock.Sandbox;
import io.sandflock.SandflockException;
import io.sandflock.Stage;
import io.sandflock.TransientException;
import io.sandflock.engine.lease.HeldException;
import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.lease.Lease;
import io.sandflock.engine.limit.Backoff;
import io.sandflock.engine.platform.RequestMeter;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.run.Finished;
import io.sandflock.engine.run.Job;
import io.sandflock.engine.run.RetryBudget;
import io.sandflock.engine.run.RunScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** The book of one sample and epoch over all its attempts. Stages end on any thread, so it is guarded by itself. */
final class SampleCourse {

    private static final Backoff ATTEMPTS = Backoff.endless(Duration.ofSeconds(1), Duration.ofSeconds(30));
    private static final Backoff HELD = Backoff.endless(Duration.ofSeconds(1), Duration.ofSeconds(15));

    /** A snapshot may go away once more while it is made sure of; a third time is somebody at work. */
    private static final int LOOKS_AGAIN = 2;

    private final Job job;
    private final RunScope scope;
    private final Engineering engineering;
    private final Hope hope;
    private final RequestMeter meter = new RequestMeter();
    private final Engineering.Purpose purpose;

    private final Map<Stage, Duration> stages = new EnumMap<>(Stage.class); // guarded by this
    private final List<SampleResult.Attempt> attempts; // guarded by this
    private @Nullable ExecResult output = null; // guarded by this
    private Duration sandboxTime = Duration.ZERO; // guarded by this
    private final AtomicInteger number;
    /** Of this session: what ended an earlier one was no fault of the sample's. */
    private final AtomicInteger failures = new AtomicInteger();

    private volatile @Nullable Lease lease = null;
    /** Not reset while the sample is held: it waits for a place all the time. */
    private volatile long queuedSince;

    private final AtomicInteger holds = new AtomicInteger();
    private final AtomicInteger lookedAgain = new AtomicInteger();

    SampleCourse(Job job, RunScope scope, Engineering engineering) {
        this.job = job;
        this.scope = scope;
        this.engineering = engineering;
        this.queuedSince = scope.startNanos();
        this.hope = new Hope(engineering, scope.spec().limits().createTimeout());
        this.number = new AtomicInteger(job.past().attempt());
        this.attempts = new ArrayList<>(job.past().attempts());
        this.purpose = new Engineering.Purpose(
                scope.id(),
                scope.spec().eval(),
                job.sample().id(),
                job.epoch(),
                number::get,
                engineering.names(scope.spec().eval(), job.sample().id()));
    }

    Job job() {
        return job;
    }

    RunScope scope() {
        return scope;
    }

    IntentLog log() {
        return scope.log().of(job, number::get);
    }

    /** The sandbox that an attempt of an earlier session had, for the first attempt of this one that gets as far. */
    Optional<SandboxInfo> adopted() {
        return number.get() == job.past().attempt() ? job.past().alive() : Optional.empty();
    }

    RequestMeter meter() {
        return meter;
    }

    Engineering.Purpose purpose() {
        return purpose;
    }

    /** A new attempt: stages and output are those of the last one. */
    synchronized void begin(Lease slot) {
        lease = slot;
        stages.clear();
        output = null;
    }

    synchronized void existed(Lease slot) {
        sandboxTime = sandboxTime.plus(slot.existed());
    }

    Mono<Void> queued(Mono<Void> admission) {
        return Mono.defer(() -> {
            enter(Stage.QUEUE);
            return timed(Stage.QUEUE, queuedSince, admission);
        });
    }

    <T> Mono<T> timed(Stage stage, Mono<T> work) {
        return Mono.defer(() -> {
            enter(stage);
            long start = engineering.time().nanos();
            return timed(stage, start, work);
        });
    }

    /** Not doFinally: it would add the time only after those downstream have taken the result. */
    private <T> Mono<T> timed(Stage stage, long start, Mono<T> work) {
        Runnable end = () -> add(stage, engineering.time().since(start));
        return work.doOnTerminate(end).doOnCancel(end);
    }

    /** Work of several stages, which says itself when each of them begins; the time until the next one is its time. */
    <T> Mono<T> staged(Function<Consumer<Stage>, Mono<T>> work) {
        return Mono.defer(() -> {
            Phases phases = new Phases();
            return work.apply(phases::enter).doOnTerminate(phases::end).doOnCancel(phases::end);
        });
    }

    private void enter(Stage stage) {
        scope.events().accept(new RunEvent.StageEntered(job.sample().id(), job.epoch(), number.get(), stage));
    }

    private synchronized void add(Stage stage, Duration time) {
        stages.merge(stage, time, Duration::plus);
    }

    private synchronized void record(ExecResult result) {
        output = result;
    }

    /** After an infrastructure failure a new attempt, at the back of the queue and without a place; while held, the same one. */
    Retry retries() {
        return Retry.from(signals -> signals.concatMap(signal -> next(signal.failure()), 1));
    }

    /** See {@link Hope#room}. */
    Mono<Void> room() {
        return hope.room();
    }

    private Mono<Boolean> next(Throwable failure) {
        if (failure instanceof HeldException held && held.code() == ErrorCode.QUOTA_EXCEEDED && hope.lasts()) {
            // The next attempt waits for room before it asks for a place.
            return unlessStopped(Duration.ZERO);
        }
        if (failure instanceof HeldException held && hope.lasts()) {
            // The pause is everybody's, the jitter our own: no place is held meanwhile.
            Duration wait = engineering
                    .creates()
                    .pause()
                    .plus(HELD.wait(holds.getAndIncrement(), again(held), engineering.time()));
            return unlessStopped(wait);
        }
        if (failure instanceof LostSnapshotException && lookedAgain.getAndIncrement() < LOOKS_AGAIN) {
            return Mono.just(true);
        }
        if (failure instanceof TransientException trouble
                && failures.get() < scope.spec().limits().retryOnError()
                && mayRetry()) {
            return unlessStopped(retry(trouble));
        }
        return Mono.error(failure);
    }

    /** Whoever finds the run's retries used up says so; once for the run. */
    private boolean mayRetry() {
        RetryBudget retries = scope.retries();
        if (retries.take()) {
            return true;
        }
        if (retries.toBeSaid()) {
            scope.events()
                    .accept(new RunEvent.Warning("the " + retries.most()
                            + " retries of this run are used up: what the infrastructure fails from now on is not tried again;"
                            + " a resumed run tries it again"));
        }
        return false;
    }

    /** The server's time is in the pause already. */
    private static TransientException again(HeldException held) {
        return new TransientException(held.code(), held.reason(), held.context(), held);
    }

    private Duration retry(TransientException trouble) {
        Duration wait = ATTEMPTS.wait(failures.getAndIncrement(), trouble, engineering.time());
        note(trouble.getMessage() == null ? trouble.code().name() : trouble.getMessage());
        scope.events()
                .accept(new RunEvent.Retrying(
                        job.sample().id(), job.epoch(), number.get(), trouble.code(), trouble.reason()));
        number.incrementAndGet();
        queuedSince = engineering.time().nanos();
        hope.renew();
        return wait;
    }

    /** A stop ends the wait; the attempt that follows sees it and begins nothing. */
    private Mono<Boolean> unlessStopped(Duration wait) {
        return Mono.firstWithSignal(
                engineering.time().delay(wait).thenReturn(true),
                scope.stop().outcome().thenReturn(true));
    }

    private synchronized void note(String failure) {
        Lease last = lease;
        SampleResult.Attempt over = new SampleResult.Attempt(number.get(), last == null ? "" : last.name(), failure);
        attempts.add(over);
        scope.log().attemptFailed(job, over);
    }

    SampleContext context(Sandbox sandbox) {
        return new Context(sandbox, number.get());
    }

    /** The error of a task, as {@link io.sandflock.SampleTask} says. */
    Mono<Outcome> taskFailed(Throwable error) {
        if (error instanceof CommandTimeoutException timeout) {
            record(timeout.partial());
            return Mono.just(new Outcome.TimedOut("command", timeout.timeout()));
        }
        if (error instanceof TransientException) {
            return Mono.error(error);
        }
        String message = error.getMessage();
        return Mono.just(new Outcome.TaskFailed(message == null ? error.toString() : message));
    }

    /** The outcome of a sample that retries did not help. A refused key would fail every other sample too. */
    Outcome failed(Throwable error) {
        if (!(error instanceof SandflockException known)) {
            return SamplePipeline.defect(error);
        }
        if (known.code() == ErrorCode.UNAUTHORIZED) {
            scope.stop().fail(known);
        }
        return new Outcome.InfrastructureFailed(known.code(), String.valueOf(known.getMessage()));
    }

    synchronized Finished finished(Outcome outcome) {
        Lease last = lease;
        String sandbox = last == null ? "" : last.name();
        boolean failed = outcome instanceof Outcome.InfrastructureFailed;
        if (!sandbox.isEmpty() || failed) {
            attempts.add(new SampleResult.Attempt(number.get(), sandbox, failed ? outcome.message() : ""));
        }
        ExecResult recorded = output;
        return new Finished(
                new SampleResult(
                        job.sample().id(),
                        job.epoch(),
                        outcome,
                        stages,
                        recorded == null ? OptionalInt.empty() : OptionalInt.of(recorded.exitCode()),
                        attempts,
                        meter.requests(),
                        sandboxTime,
                        engineering.time().now()),
                Optional.ofNullable(recorded));
    }

    /** Stages one after the other, of one piece of work. */
    private final class Phases {

        private @Nullable Stage current = null; // guarded by this
        private long since = 0; // guarded by this

        synchronized void enter(Stage stage) {
            end();
            SampleCourse.this.enter(stage);
            current = stage;
            since = engineering.time().nanos();
        }

        synchronized void end() {
            Stage ended = current;
            if (ended != null) {
                add(ended, engineering.time().since(since));
                current = null;
            }
        }
    }

    /** What the task sees. */
    private final class Context implements SampleContext {

        private final Sandbox sandbox;
        private final int attempt;

        Context(Sandbox sandbox, int attempt) {
            this.sandbox = sandbox;
            this.attempt = attempt;
        }

        @Override
        public Sample sample() {
            return job.sample();
        }

        @Override
        public int epoch() {
            return job.epoch();
        }

        @Override
        public int attempt() {
            return attempt;
        }

        @Override
        public Sandbox sandbox() {
            return sandbox;
        }

        @Override
        public <T> Mono<T> timed(Stage stage, Mono<T> work) {
            return SampleCourse.this.timed(stage, work);
        }

        @Override
        public void record(ExecResult result) {
            SampleCourse.this.record(result);
        }
    }
}
