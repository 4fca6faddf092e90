/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.RunSummary;
import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.lease.LeftOver;
import io.sandflock.engine.limit.Gate;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One run, from its folder to its summary.
 *
 * <p>It goes its way apart from whoever listens: a cancelled subscription is an order to {@linkplain Stop stop}, and the run then
 * ends like any other, with every sandbox deleted, an outcome for every sample, and its files closed. The listener cannot slow
 * it down either: events wait in memory for a slow one, a few small objects for each sample.
 */
public final class Run {

    private final RunHead head;
    private final RunSpec spec;
    private final SampleRunner runner;
    private final Pacer creates;
    private final Function<String, Flux<LeftOver>> sweep;
    private final Time time;
    private final Stop stop = new Stop();
    private final Tally tally = new Tally(); // of the one thread at a time that finish() runs on
    private final ConcurrentLinkedQueue<String> left = new ConcurrentLinkedQueue<>();
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private final Disposable.Swap limit = Disposables.swap();
    private volatile RunRecord record = RunRecord.NONE;
    private volatile long startNanos = 0;
    /** Whether the outcome of a create was ever open. */
    private volatile boolean doubtful = false;

    /**
     * @param creates the budget whose pauses are told to the listener
     * @param sweep deletes whatever still carries the run's id, and emits what cannot be deleted
     */
    public Run(
            RunHead head,
            RunSpec spec,
            SampleRunner runner,
            Pacer creates,
            Function<String, Flux<LeftOver>> sweep,
            Time time) {
        this.head = head;
        this.spec = spec;
        this.runner = runner;
        this.creates = creates;
        this.sweep = sweep;
        this.time = time;
    }

    /** Ends the run early; everything under way becomes cancelled. */
    public void stop(String reason) {
        stop.request(reason);
    }

    /** Completes when the last sandbox is gone and the files are closed; at once for a run that nobody subscribed to. */
    public Mono<Void> ended() {
        return ended.asMono();
    }

    /** The run; subscribed to once. Errors only after every sandbox was deleted and the summary emitted. */
    public Flux<RunEvent> events() {
        return Flux.create(this::start);
    }

    private void start(FluxSink<RunEvent> events) {
        events.onCancel(() -> stop("the run was cancelled"));
        startNanos = time.nanos();
        Pacer.PauseListener pauses = (budget, wait) -> events.next(new RunEvent.RateLimited(budget, wait.toMillis()));
        // Owned by this run: a cancelled listener must not cancel the deletes.
        RunRecord.open(spec.folder(), head, spec, time)
                .doOnNext(opened -> record = opened)
                .flatMap(opened -> course(events, pauses))
                .subscribeOn(time.scheduler())
                .contextWrite(context -> context.putAll(events.contextView()))
                .doFinally(signal -> ended.tryEmitEmpty())
                .subscribe(ignored -> {}, events::error, () -> complete(events));
    }

    private Mono<Void> course(FluxSink<RunEvent> events, Pacer.PauseListener pauses) {
        events.next(new RunEvent.Started(head.runId(), total(), spec.folder()));
        RunScope scope = new RunScope(
                head.runId(),
                spec,
                startNanos,
                new Gate(spec.limits().maxSandboxes()),
                new LeftOverLog(),
                stop,
                events::next);
        return samples(scope)
                .doOnNext(finished -> finish(finished, events))
                .doOnSubscribe(subscription -> watch(pauses))
                .doFinally(signal -> unwatch(pauses))
                .then(Mono.defer(() -> swept(events)))
                .then(Mono.defer(() -> end(events)));
    }

    private int total() {
        return Math.multiplyExact(spec.samples().size(), spec.epochs());
    }

    /** Wider than the gate: samples that are held or wait for another attempt hold no sandbox, and others go on. */
    private int window() {
        long window = 2L * spec.limits().maxSandboxes() + 16;
        return (int) Math.min(window, Math.max(1, total()));
    }

    private Flux<Finished> samples(RunScope scope) {
        return Flux.range(0, total())
                .map(this::job)
                .flatMap(job -> runner.run(job, scope).flatMap(this::keep), window(), 1);
    }

    /** Epoch by epoch, so that an early end has seen every sample once rather than some of them often. */
    private Job job(int index) {
        int samples = spec.samples().size();
        return new Job(spec.samples().get(index % samples), 1 + index / samples);
    }

    /** A result that cannot be written fails the run, not this pipeline: its siblings have sandboxes to delete. */
    private Mono<Finished> keep(Finished finished) {
        return record.keep(finished)
                .onErrorResume(error -> Mono.fromRunnable(() -> stop.fail(error)))
                .thenReturn(finished);
    }

    private void finish(Finished finished, FluxSink<RunEvent> events) {
        tally.add(finished.result());
        events.next(new RunEvent.Finished(finished.result()));
        spec.limits()
                .failOnError()
                .filter(most -> tally.infrastructureFailed() > most)
                .ifPresent(this::tooMany);
    }

    private void tooMany(int most) {
        stop.fail(new PermanentException(
                ErrorCode.PLATFORM_ERROR,
                "more than " + most + " samples failed for reasons of the infrastructure; the results name them",
                ErrorContext.NONE));
    }

    private void watch(Pacer.PauseListener pauses) {
        creates.listen(pauses);
        // Owned by limit, which unwatch() disposes of.
        Disposable.Composite watches = Disposables.composite(
                record.failed().subscribe(stop::fail),
                stop.outcome().subscribe(outcome -> record.stopping(outcome.message())));
        spec.limits().run().map(this::timer).ifPresent(watches::add);
        limit.update(watches);
    }

    private Disposable timer(Duration most) {
        return time.scheduler()
                .schedule(
                        () -> stop("the run's limit of " + most.toMillis() / 1000.0 + " s ran out"),
                        most.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    private void unwatch(Pacer.PauseListener pauses) {
        creates.forget(pauses);
        limit.dispose();
    }

    /**
     * A create that was given up may be carried out after its sandbox was looked for, or even after it was adopted and deleted. Only
     * a run that had one looks, once, for what carries its id.
     */
    private Mono<Void> swept(FluxSink<RunEvent> events) {
        if (!doubtful || !spec.cleanup()) {
            return Mono.empty();
        }
        return sweep.apply(head.runId())
                .doOnNext(leftOver -> left.add(leftOver.name()))
                .then()
                .onErrorResume(error -> Mono.fromRunnable(() -> events.next(new RunEvent.Warning(
                        "a create of this run was not answered, and it could not be looked for what it may have made: "
                                + error.getMessage() + "; 'sandflock cleanup --run " + head.runId()
                                + "' removes it"))));
    }

    private Mono<Void> end(FluxSink<RunEvent> events) {
        RunSummary summary = tally.summary(head.runId(), total(), time.since(startNanos), java.util.List.copyOf(left));
        return record.close(summary)
                .onErrorResume(error -> Mono.fromRunnable(() -> stop.fail(error)))
                .then(Mono.fromRunnable(() -> events.next(new RunEvent.Ended(summary))));
    }

    private void complete(FluxSink<RunEvent> events) {
        @Nullable Throwable failure = stop.failure();
        if (failure == null) {
            events.complete();
        } else {
            events.error(failure);
        }
    }

    /** Passes on to the journal, and keeps the names of what is left for the summary. */
    private final class LeftOverLog implements IntentLog {

        @Override
        public Mono<Void> intent(String name, Map<String, String> labels) {
            return record.log().intent(name, labels);
        }

        @Override
        public void transition(String name, Transition what, String detail) {
            if (what == Transition.UNKNOWN) {
                doubtful = true;
            }
            if (what == Transition.LEFT) {
                left.add(name);
            }
            record.log().transition(name, what, detail);
        }
    }
}
