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
import io.sandflock.SampleResult;
import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.lease.IntentLog.Transition;
import io.sandflock.engine.limit.AdaptiveLimit;
import io.sandflock.engine.limit.Gate;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.limit.Vacancy;
import io.sandflock.engine.platform.SandboxInfo;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntSupplier;
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

    private static final Set<String> REFUSALS = Set.of(ErrorCode.RATE_LIMITED.name(), ErrorCode.QUOTA_EXCEEDED.name());

    private final RunHead head;
    private final RunSpec spec;
    private final boolean resumed;
    private final JobOrder order;
    private final SampleRunner runner;
    private final Pacer creates;
    private final Vacancy vacancy;
    private final Remains remains;
    private final Time time;
    private final Stop stop = new Stop();
    private final Tally tally = new Tally(); // of the one thread at a time that finish() runs on
    private final ConcurrentLinkedQueue<String> left = new ConcurrentLinkedQueue<>();
    private final Sinks.Empty<Void> ended = Sinks.empty();
    private final Disposable.Swap limit = Disposables.swap();
    private volatile RunRecord record;
    private volatile long startNanos = 0;
    /** Whether the outcome of a create was ever open, or one was refused for now. */
    private volatile boolean doubtful = false;

    /**
     * @param resumed whether it goes on where an earlier one ended, in the folder of the spec
     * @param creates the budget whose pauses are told to the listener
     * @param vacancy the listener is told when there is none
     * @param remains sandboxes of the run that no sample uses
     */
    public Run(
            RunHead head,
            RunSpec spec,
            boolean resumed,
            SampleRunner runner,
            Pacer creates,
            Vacancy vacancy,
            Remains remains,
            Time time) {
        this.head = head;
        this.spec = spec;
        this.resumed = resumed;
        this.order = new JobOrder(spec);
        this.runner = runner;
        this.creates = creates;
        this.vacancy = vacancy;
        this.remains = remains;
        this.time = time;
        this.record = RunRecord.none(head.runId());
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
        open().doOnNext(opened -> record = opened)
                .flatMap(opened -> course(events, pauses))
                .subscribeOn(time.scheduler())
                .contextWrite(context -> context.putAll(events.contextView()))
                .doFinally(signal -> ended.tryEmitEmpty())
                .subscribe(ignored -> {}, events::error, () -> complete(events));
    }

    private Mono<RunRecord> open() {
        return resumed ? RunRecord.reopen(head, spec, order, tally::add, time) : RunRecord.open(head, spec, time);
    }

    private Mono<Void> course(FluxSink<RunEvent> events, Pacer.PauseListener pauses) {
        events.next(new RunEvent.Started(record.runId(), order.total(), spec.folder()));
        return survey().doOnNext(survey -> tellResumed(survey, events))
                .onErrorResume(error -> record.abandon().then(Mono.error(error)))
                .flatMap(survey -> course(survey, events, pauses));
    }

    /** What is there of an earlier session. Nothing was changed yet when it errors: the run can be resumed again. */
    private Mono<Survey> survey() {
        if (!resumed) {
            return Mono.just(Survey.NONE);
        }
        History history = record.history();
        return remains.of(record.runId(), history.open())
                .collectList()
                .map(found -> Survey.of(found, history, mostSandboxes(), !spec.cleanup()));
    }

    private void tellResumed(Survey survey, FluxSink<RunEvent> events) {
        if (resumed) {
            doubtful = !survey.lost().isEmpty();
            events.next(new RunEvent.Resumed(
                    record.history().finished(),
                    survey.adopted().size(),
                    survey.removed().size()));
        }
    }

    private Mono<Void> course(Survey survey, FluxSink<RunEvent> events, Pacer.PauseListener pauses) {
        Gate gate = new Gate(Math.max(1, spec.limits().maxSandboxes()));
        RunScope scope = new RunScope(
                record.runId(),
                spec,
                startNanos,
                gate,
                limit(gate, events),
                new LeftOverLog(),
                RetryBudget.of(order.total()),
                stop,
                events::next);
        Sinks.Empty<Void> over = Sinks.empty();
        Flux<Finished> samples = Flux.merge(removed(survey, scope.gate()).cast(Finished.class), samples(survey, scope))
                .doFinally(signal -> over.tryEmitEmpty());
        return Flux.merge(samples, reaped(events).takeUntilOther(over.asMono()).cast(Finished.class))
                .doOnNext(finished -> finish(finished, events))
                .doOnSubscribe(subscription -> watch(pauses))
                .doFinally(signal -> unwatch(pauses))
                .then(Mono.defer(() -> swept(survey.lost(), events)))
                .then(Mono.defer(() -> end(events)));
    }

    private AdaptiveLimit limit(Gate gate, FluxSink<RunEvent> events) {
        return spec.limits().isAuto()
                ? AdaptiveLimit.of(gate, creates, time, (from, to, why) -> {
                    record.note("concurrency", Map.of("from", from, "to", to, "reason", why));
                    events.next(new RunEvent.Concurrency(from, to, why));
                })
                : AdaptiveLimit.none(creates, time);
    }

    private int mostSandboxes() {
        return spec.limits().isAuto() ? AdaptiveLimit.MOST : spec.limits().maxSandboxes();
    }

    /** Beside the samples, and no longer than they last: what dead processes left is nobody's hurry. */
    private Mono<Object> reaped(FluxSink<RunEvent> events) {
        return remains.reap(record.runId())
                .doOnNext(gone -> {
                    if (gone > 0) {
                        events.next(new RunEvent.Warning(gone
                                + " of your sandboxes that earlier processes left were deleted: their time was over"));
                    }
                })
                .onErrorResume(error -> Mono.fromRunnable(() -> events.next(new RunEvent.Warning(
                        "it could not be looked for sandboxes that earlier processes left: " + error.getMessage()))))
                .then(Mono.empty());
    }

    /** Sandboxes of an earlier session count until they are gone: each has a place that a sample waits for. */
    private Flux<Object> removed(Survey survey, Gate gate) {
        List<Gate.Ticket> places =
                survey.removed().stream().map(box -> gate.ticket()).toList();
        return Flux.range(0, places.size())
                .flatMap(index -> removed(survey.removed().get(index), places.get(index)), Integer.MAX_VALUE, 1)
                .ignoreElements()
                .flux();
    }

    private Mono<Object> removed(SandboxInfo sandbox, Gate.Ticket place) {
        Mono<Object> removal = remains.remove(sandbox, new LeftOverLog().of(record.strays()))
                .then()
                .doFinally(signal -> place.release())
                .cast(Object.class);
        return Mono.firstWithSignal(place.admitted().then(Mono.never()), removal);
    }

    /** Wider than the gate: samples that are held or wait for another attempt hold no sandbox, and others go on. */
    private int window() {
        long window = 2L * mostSandboxes() + 16;
        return (int) Math.min(window, Math.max(1, order.total()));
    }

    /** Those that have a sandbox are the first to get a place: it exists, whether or not they have one. */
    private Flux<Finished> samples(Survey survey, RunScope scope) {
        History history = record.history();
        Flux<Job> adopting = Flux.fromIterable(survey.adopted().entrySet())
                .map(adopted -> order.job(adopted.getKey(), adopted.getValue()));
        Flux<Job> others = Flux.range(0, order.total())
                .filter(number ->
                        !history.isFinished(number) && !survey.adopted().containsKey(number))
                .map(number -> order.job(number, history.past(number)));
        return crowd(adopting.concatWith(others), job -> runner.run(job, scope).flatMap(this::keep), window());
    }

    /**
     * A flatMap for a hundred thousand at once: it looks at each of those under way whenever one of them ends, and so has work for all
     * of them that grows with the square of their number. Parted into rails, in the order of the jobs to whichever has room.
     */
    private static Flux<Finished> crowd(Flux<Job> jobs, Function<Job, Mono<Finished>> work, int atOnce) {
        int rails = (int) Math.ceil(Math.sqrt(atOnce));
        int onEach = (atOnce + rails - 1) / rails;
        return jobs.parallel(rails, 1).flatMap(work, false, onEach, 1).sequential(1);
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
        vacancy.listen(pauses);
        // Owned by limit, which unwatch() disposes of.
        Disposable.Composite watches = Disposables.composite(
                record.failed().subscribe(stop::fail),
                stop.outcome().subscribe(outcome -> record.note("stopping", Map.of("reason", outcome.message()))));
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
        vacancy.forget(pauses);
        limit.dispose();
    }

    /**
     * A create that was given up may be carried out after its sandbox was looked for, or even after it was adopted and deleted. Only
     * a run that had one looks, once, for what carries its id.
     */
    private Mono<Void> swept(List<String> lost, FluxSink<RunEvent> events) {
        if (!doubtful || !spec.cleanup()) {
            return Mono.empty();
        }
        IntentLog log = new LeftOverLog().of(record.strays());
        return remains.sweep(record.runId(), log)
                .then(Mono.<Void>fromRunnable(() -> lost.stream()
                        .filter(name -> !left.contains(name))
                        .forEach(name -> log.transition(name, Transition.DELETED, "not to be found"))))
                .onErrorResume(error -> Mono.fromRunnable(() -> events.next(new RunEvent.Warning(
                        "a create of this run was not answered, and it could not be looked for what it may have made: "
                                + error.getMessage() + "; 'sandflock cleanup --run " + record.runId()
                                + "' removes it"))));
    }

    private Mono<Void> end(FluxSink<RunEvent> events) {
        Duration duration = record.history().duration().plus(time.since(startNanos));
        RunSummary summary = tally.summary(record.runId(), order.total(), duration, List.copyOf(left));
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
    private final class LeftOverLog implements RunLog {

        @Override
        public IntentLog of(Job job, IntSupplier attempt) {
            return of(record.log().of(job, attempt));
        }

        @Override
        public void attemptFailed(Job job, SampleResult.Attempt attempt) {
            record.log().attemptFailed(job, attempt);
        }

        private IntentLog of(IntentLog log) {
            return new IntentLog() {
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
                    // A proxy may have sent a create twice, and the one that was refused is not the only one.
                    if (what == Transition.UNKNOWN || (what == Transition.FAILED && REFUSALS.contains(detail))) {
                        doubtful = true;
                    }
                    if (what == Transition.LEFT) {
                        left.add(name);
                    }
                    log.transition(name, what, detail);
                }
            };
        }
    }
}
