/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.CommandTimeoutException;
import io.sandflock.Engine;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.Outcome;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.RunSummary;
import io.sandflock.Sample;
import io.sandflock.SampleResult;
import io.sandflock.SampleTask;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.SandflockException;
import io.sandflock.Score;
import io.sandflock.Stage;
import io.sandflock.TransientException;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.Snapshots;
import io.sandflock.engine.testing.FakeEnvironment;
import io.sandflock.engine.testing.FakePlatform;
import io.sandflock.engine.testing.FakePlatform.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

class ReactorEngineTest {

    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();
    private final Time time = Time.of(clock, 1);
    private final FakePlatform platform = new FakePlatform(time);
    private final Engine engine = Sandflock.on(
                    platform, (name, sandbox, ignored) -> new FakeEnvironment(name, sandbox.id(), platform))
            .time(time)
            .build();
    private final Deque<Fault> createFaults = new ArrayDeque<>();
    private final List<RunEvent> events = new ArrayList<>();
    private @Nullable Throwable error = null;
    private boolean completed = false;

    ReactorEngineTest() {
        platform.latency = () -> Duration.ofMillis(50);
        platform.startTime = () -> Duration.ofMillis(300);
        platform.faults =
                operation -> operation.equals("create") && !createFaults.isEmpty() ? createFaults.poll() : Fault.NONE;
    }

    private static final SampleTask SCORED = context -> context.environment()
            .exec(ExecRequest.of("true"))
            .doOnNext(context::record)
            .thenReturn(new Outcome.Scored(Score.of(1)));

    private static List<Sample> samples(int number) {
        return IntStream.range(0, number)
                .mapToObj(index -> Sample.of("s" + index, ""))
                .toList();
    }

    private static RunSpec.Limits limits(int sandboxes, int retries, Optional<Integer> failOnError) {
        return new RunSpec.Limits(
                sandboxes, Duration.ofMinutes(1), Duration.ofSeconds(10), Optional.empty(), retries, failOnError);
    }

    private Disposable start(RunSpec spec) {
        return engine.run(spec).subscribe(events::add, e -> error = e, () -> completed = true);
    }

    private void run(RunSpec spec) {
        start(spec);
        pass(Duration.ofMinutes(30));
    }

    private void pass(Duration time) {
        clock.advanceTimeBy(time);
    }

    private List<SampleResult> results() {
        return events.stream()
                .filter(RunEvent.Finished.class::isInstance)
                .map(event -> ((RunEvent.Finished) event).result())
                .toList();
    }

    private RunSummary summary() {
        return ((RunEvent.Ended) events.get(events.size() - 1)).summary();
    }

    private Outcome outcomeOf(SampleTask task) {
        run(RunSpec.of("eval", samples(1), task).withLimits(limits(1, 1, Optional.empty())));
        assertThat(results()).hasSize(1);
        return results().get(0).outcome();
    }

    @Test
    void everySampleHasAnOutcomeAndNoMoreSandboxesThanAllowed() {
        run(RunSpec.of("eval", samples(50), SCORED).withLimits(limits(7, 1, Optional.empty())));
        assertThat(completed).isTrue();
        assertThat(events.get(0)).isInstanceOf(RunEvent.Started.class);
        assertThat(results()).hasSize(50).allMatch(result -> result.outcome() instanceof Outcome.Scored);
        assertThat(platform.most()).isEqualTo(7);
        assertThat(platform.live()).isZero();
        assertThat(summary().outcomes()).containsEntry("scored", 50).containsEntry("cancelled", 0);
        assertThat(summary().meanScore()).isEqualTo(1);
        assertThat(summary().stages()).containsKeys(Stage.QUEUE, Stage.CREATE, Stage.RELEASE);
        assertThat(summary().leftOver()).isEmpty();
        SampleResult one = results().get(0);
        assertThat(one.stages().get(Stage.CREATE)).isBetween(Duration.ofMillis(300), Duration.ofMillis(900));
        assertThat(one.sandboxTime()).isPositive();
        assertThat(one.exitCode()).hasValue(0);
        assertThat(one.attempts()).hasSize(1);
        assertThat(results().get(49).requests()).as("create, look, delete").isEqualTo(3);
    }

    @Test
    void labelsAndNamesSayWhoseItIs() {
        start(RunSpec.of("My Eval", List.of(Sample.of("HumanEval/0", "")), context -> Mono.never()));
        pass(Duration.ofSeconds(2));
        assertThat(platform.calls("create").get(0)).matches("create inspect-my-eval-humaneval-0-[0-9a-f]{8}");
        assertThat(platform.labels())
                .singleElement()
                .satisfies(labels -> assertThat(labels)
                        .containsEntry("created_by", "inspect-ai")
                        .containsEntry("sandflock_sample", "HumanEval/0")
                        .containsEntry("sandflock_epoch", "1")
                        .containsEntry("sandflock_attempt", "1")
                        .containsKeys("inspect_run_id", "sandflock_owner", "sandflock_lease"));
    }

    @Test
    void aTaskThatFailsIsNotTriedAgain() {
        assertThat(outcomeOf(context -> Mono.error(new IllegalStateException("wrong"))))
                .isEqualTo(new Outcome.TaskFailed("wrong"));
        assertThat(platform.created()).isEqualTo(1);
    }

    @Test
    void aTaskThatThrowsOrSaysNothingHasFailed() {
        assertThat(outcomeOf(context -> Mono.empty())).isInstanceOf(Outcome.TaskFailed.class);
        events.clear();
        assertThat(outcomeOf(context -> {
                    throw new IllegalStateException("thrown");
                }))
                .isEqualTo(new Outcome.TaskFailed("thrown"));
    }

    @Test
    void aCommandThatTimedOutKeepsItsOutput() {
        ExecResult partial =
                new ExecResult(137, ExecResult.Output.EMPTY, ExecResult.Output.EMPTY, Duration.ofSeconds(1));
        assertThat(outcomeOf(context ->
                        Mono.error(new CommandTimeoutException(Duration.ofSeconds(1), partial, ErrorContext.NONE))))
                .isEqualTo(new Outcome.TimedOut("command", Duration.ofSeconds(1)));
        assertThat(results().get(0).exitCode()).hasValue(137);
    }

    @Test
    void aSampleThatOverrunsItsLimitTimesOutAndIsReleased() {
        assertThat(outcomeOf(context -> Mono.never()))
                .isEqualTo(new Outcome.TimedOut("sample", Duration.ofSeconds(10)));
        assertThat(platform.live()).isZero();
    }

    @Test
    void aSandboxThatDiesIsReplacedOnceAndNeverAScore() {
        Outcome outcome = outcomeOf(context -> {
            if (context.attempt() == 1) {
                platform.kill(context.sandbox().id());
            }
            return SCORED.run(context);
        });
        assertThat(outcome).isInstanceOf(Outcome.Scored.class);
        assertThat(results().get(0).attempts()).hasSize(2);
        assertThat(results().get(0).attempts().get(0).failure()).contains("the sandbox is gone");
        assertThat(events)
                .anyMatch(event -> event instanceof RunEvent.Retrying retrying
                        && retrying.code() == ErrorCode.SANDBOX_UNAVAILABLE);
        assertThat(summary().retries()).isEqualTo(1);
        assertThat(platform.live()).isZero();
    }

    @Test
    void whenRetriesDoNotHelpTheInfrastructureHasFailed() {
        Outcome outcome = outcomeOf(context -> {
            platform.kill(context.sandbox().id());
            return SCORED.run(context);
        });
        assertThat(outcome).isInstanceOf(Outcome.InfrastructureFailed.class);
        assertThat(outcome.score()).isEmpty();
        assertThat(summary().failures()).containsEntry(ErrorCode.SANDBOX_UNAVAILABLE, 1);
    }

    @Test
    void aQuotaHoldsSamplesAndFailsNone() {
        platform.quota = 3;
        run(RunSpec.of("eval", samples(30), SCORED).withLimits(limits(10, 0, Optional.empty())));
        assertThat(results()).hasSize(30).allMatch(result -> result.outcome() instanceof Outcome.Scored);
        assertThat(platform.most()).isLessThanOrEqualTo(3);
        assertThat(events).anyMatch(RunEvent.RateLimited.class::isInstance);
        assertThat(results()).allMatch(result -> result.attempts().size() == 1);
    }

    @Test
    void aQuotaThatNeverFreesIsAnOutcomeInTheEnd() {
        platform.quota = 0;
        run(RunSpec.of("eval", samples(3), SCORED).withLimits(limits(10, 0, Optional.empty())));
        assertThat(results())
                .hasSize(3)
                .allSatisfy(result -> assertThat(result.outcome())
                        .isInstanceOfSatisfying(
                                Outcome.InfrastructureFailed.class,
                                failed -> assertThat(failed.code()).isEqualTo(ErrorCode.QUOTA_EXCEEDED)));
    }

    @Test
    void loansThatAQuotaHoldsStandInTheQueueAndEachThatIsFreedLetsOneThrough() {
        platform.quota = 3;
        List<String> done = new ArrayList<>();
        Mono<String> loan = engine.withSandbox(
                new SandboxRequest(
                        SandboxSpec.defaultSnapshot(), "loan", "", Map.of(), Map.of(), Duration.ofSeconds(40)),
                sandbox -> Mono.delay(Duration.ofSeconds(20), clock).thenReturn(sandbox.name()));
        IntStream.range(0, 12).forEach(index -> loan.subscribe(done::add, e -> error = e));
        // Four times three of them, twice as long as one that nobody makes room for is held.
        pass(Duration.ofSeconds(90));
        assertThat(done).hasSize(12);
        assertThat(error).isNull();
        assertThat(platform.most()).isEqualTo(3);
        // 12 that were granted, 9 that were refused at first, and now and then one that looks.
        assertThat(platform.calls("create").size()).isLessThan(45);
    }

    @Test
    void aLoanIsRefusedWhenTheQuotaNeverFrees() {
        platform.quota = 0;
        List<Throwable> errors = new ArrayList<>();
        engine.withSandbox(SandboxRequest.of(SandboxSpec.defaultSnapshot()), sandbox -> Mono.just(sandbox.name()))
                .subscribe(ignored -> {}, errors::add);
        pass(Duration.ofMinutes(25));
        assertThat(errors)
                .singleElement()
                .isInstanceOfSatisfying(
                        TransientException.class,
                        failed -> assertThat(failed.code()).isEqualTo(ErrorCode.QUOTA_EXCEEDED));
    }

    @Test
    void aLoanThatWaitsForRoomEndsWithTheEngine() {
        platform.quota = 0;
        List<Throwable> errors = new ArrayList<>();
        engine.withSandbox(SandboxRequest.of(SandboxSpec.defaultSnapshot()), sandbox -> Mono.just(sandbox.name()))
                .subscribe(ignored -> {}, errors::add);
        pass(Duration.ofMinutes(2));
        assertThat(errors).isEmpty();
        engine.closeLater().subscribe();
        pass(Duration.ofMillis(1));
        assertThat(errors).singleElement().satisfies(e -> assertThat(e).hasMessageContaining("closed"));
    }

    @Test
    void aCreateThatAProxySentAgainIntoARateLimitLeavesNothing() {
        createFaults.addAll(List.of(Fault.NONE, Fault.REPLAYED_INTO_RATE_LIMIT));
        run(RunSpec.of("eval", samples(5), SCORED).withLimits(limits(5, 0, Optional.empty())));
        assertThat(results()).hasSize(5).allMatch(result -> result.outcome() instanceof Outcome.Scored);
        assertThat(platform.live()).isZero();
        assertThat(summary().leftOver()).isEmpty();
        // The sandbox that nobody was told of became the sample's.
        assertThat(platform.createdTwice()).isEmpty();
        assertThat(platform.created()).isEqualTo(5);
    }

    @Test
    void aSandboxThatNobodyWasToldOfIsNotOneTooMany() {
        createFaults.addAll(List.of(Fault.NONE, Fault.REPLAYED_INTO_RATE_LIMIT));
        run(RunSpec.of("eval", samples(20), SCORED).withLimits(limits(4, 0, Optional.empty())));
        assertThat(results()).hasSize(20).allMatch(result -> result.outcome() instanceof Outcome.Scored);
        assertThat(platform.created()).isEqualTo(20);
        assertThat(platform.most()).isEqualTo(4);
    }

    @Test
    void aLoanWhoseCreateWasSentAgainIntoARateLimitUsesTheOneSandboxThatThereIs() {
        createFaults.add(Fault.REPLAYED_INTO_RATE_LIMIT);
        List<String> done = new ArrayList<>();
        engine.withSandbox(SandboxRequest.of(SandboxSpec.defaultSnapshot()), sandbox -> Mono.just(sandbox.name()))
                .subscribe(done::add, e -> error = e);
        pass(Duration.ofMinutes(2));
        assertThat(error).isNull();
        assertThat(done).hasSize(1);
        assertThat(platform.created()).isEqualTo(1);
        assertThat(platform.live()).isZero();
    }

    @Test
    void aRateLimitPausesAndFailsNobody() {
        createFaults.addAll(List.of(Fault.RATE_LIMITED, Fault.NONE, Fault.RATE_LIMITED));
        run(RunSpec.of("eval", samples(5), SCORED).withLimits(limits(5, 0, Optional.empty())));
        assertThat(results()).hasSize(5).allMatch(result -> result.outcome() instanceof Outcome.Scored);
    }

    @Test
    void aCreateThatIsCarriedOutLateLeavesNothing() {
        createFaults.add(Fault.LATE);
        run(RunSpec.of(
                        "eval",
                        samples(2),
                        context -> Mono.delay(
                                        Duration.ofSeconds(context.sample().id().equals("s0") ? 5 : 90), clock)
                                .then(SCORED.run(context)))
                .withLimits(new RunSpec.Limits(
                        2, Duration.ofMinutes(1), Duration.ofMinutes(5), Optional.empty(), 0, Optional.empty())));
        assertThat(results()).hasSize(2).allMatch(result -> result.outcome() instanceof Outcome.Scored);
        assertThat(platform.created()).as("the late one is a third").isEqualTo(3);
        assertThat(platform.live()).isZero();
    }

    @Test
    void aRefusedKeyEndsTheRun() {
        platform.faults = operation -> operation.equals("create") ? Fault.FORBIDDEN : Fault.NONE;
        run(RunSpec.of("eval", samples(500), SCORED).withLimits(limits(4, 1, Optional.empty())));
        assertThat(error)
                .isInstanceOfSatisfying(
                        SandflockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED));
        assertThat(platform.calls("create").size()).isLessThan(10);
        assertThat(results()).hasSize(500);
    }

    @Test
    void aPlatformThatIsNotThereFailsTheRunBeforeAnySample() {
        platform.faults = operation -> Fault.LOST_REQUEST;
        run(RunSpec.of("eval", samples(5), SCORED));
        assertThat(error)
                .isInstanceOfSatisfying(
                        SandflockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE));
        assertThat(events).isEmpty();
    }

    @Test
    void tooManyFailuresEndTheRun() {
        run(RunSpec.of("eval", samples(50), context -> {
                    platform.kill(context.sandbox().id());
                    return SCORED.run(context);
                })
                .withLimits(limits(1, 0, Optional.of(2))));
        assertThat(error).hasMessageContaining("more than 2 samples");
        assertThat(summary().outcomes())
                .containsEntry("infrastructure_failed", 3)
                .containsEntry("cancelled", 47);
        assertThat(platform.live()).isZero();
    }

    @Test
    void theRunsLimitCancelsWhatIsLeft() {
        RunSpec.Limits limits = new RunSpec.Limits(
                2,
                Duration.ofMinutes(1),
                Duration.ofMinutes(1),
                Optional.of(Duration.ofSeconds(5)),
                0,
                Optional.empty());
        run(RunSpec.of("eval", samples(5), context -> Mono.never()).withLimits(limits));
        assertThat(completed).isTrue();
        assertThat(results())
                .hasSize(5)
                .allSatisfy(result -> assertThat(result.outcome().message()).contains("limit of 5.0 s"));
        assertThat(platform.live()).isZero();
    }

    @Test
    void aRunWhoseListenerLeavesDeletesItsSandboxes() {
        Disposable listener = start(RunSpec.of("eval", samples(5), context -> Mono.never()));
        pass(Duration.ofSeconds(2));
        assertThat(platform.live()).isEqualTo(5);
        assertThat(engine.liveSandboxes()).isEqualTo(5);
        listener.dispose();
        pass(Duration.ofSeconds(5));
        assertThat(platform.live()).isZero();
        assertThat(engine.liveSandboxes()).isZero();
    }

    @Test
    void closingCancelsWhatRunsAndWaitsForTheLastDelete() {
        start(RunSpec.of("eval", samples(20), context -> Mono.never()).withLimits(limits(5, 0, Optional.empty())));
        List<Throwable> loan = new ArrayList<>();
        engine.withSandbox(SandboxRequest.of(SandboxSpec.defaultSnapshot()), sandbox -> Mono.never())
                .subscribe(ignored -> {}, loan::add);
        pass(Duration.ofSeconds(2));
        assertThat(platform.live()).isEqualTo(6);
        StepVerifier.withVirtualTime(engine::closeLater, () -> clock, Long.MAX_VALUE)
                .thenAwait(Duration.ofSeconds(5))
                .expectComplete()
                .verify(Duration.ofSeconds(30));
        assertThat(platform.live()).isZero();
        assertThat(results()).hasSize(20).allMatch(result -> result.outcome() instanceof Outcome.Cancelled);
        assertThat(completed).isTrue();
        assertThat(loan).singleElement().satisfies(e -> assertThat(e).hasMessageContaining("closed"));
    }

    @Test
    void aRunHasRetriesForATenthOfItsSamplesAndSaysWhenTheyAreUsedUp() {
        SampleTask broken = context ->
                Mono.error(new TransientException(ErrorCode.UNREACHABLE, "the network broke", ErrorContext.NONE, null));
        run(RunSpec.of("eval", samples(200), broken).withLimits(limits(20, 5, Optional.empty())));
        assertThat(results()).hasSize(200).allMatch(result -> result.outcome() instanceof Outcome.InfrastructureFailed);
        assertThat(summary().retries()).isEqualTo(20);
        assertThat(platform.created()).isEqualTo(220);
        assertThat(events.stream()
                        .filter(RunEvent.Warning.class::isInstance)
                        .map(event -> ((RunEvent.Warning) event).message()))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("the 20 retries of this run are used up"));
    }

    @Test
    void closingNamesWhatIsLeft() {
        start(RunSpec.of("eval", samples(1), context -> Mono.never()));
        pass(Duration.ofSeconds(2));
        platform.faults = operation -> List.of("delete", "stop").contains(operation) ? Fault.FORBIDDEN : Fault.NONE;
        List<Throwable> errors = new ArrayList<>();
        engine.closeLater().subscribe(ignored -> {}, errors::add);
        pass(Duration.ofMinutes(10));
        assertThat(errors)
                .singleElement()
                .satisfies(e -> assertThat(e)
                        .hasMessageContaining("1 sandbox is left")
                        .hasMessageContaining("inspect-eval-s0-")
                        .hasMessageContaining("may neither delete nor stop"));
        assertThat(summary().leftOver()).hasSize(1);
    }

    @Test
    void cleanUpSwitchedOffLeavesAndNames() {
        RunSpec spec = RunSpec.of("eval", samples(2), SCORED);
        run(new RunSpec(
                spec.eval(),
                spec.samples(),
                spec.task(),
                spec.sandbox(),
                spec.env(),
                1,
                spec.limits(),
                false,
                Optional.empty(),
                spec.details()));
        assertThat(summary().leftOver()).hasSize(2);
        assertThat(platform.live()).isEqualTo(2);
    }

    @Test
    void aNamedSnapshotIsLookedAtOnceForAllSamples() {
        platform.snapshot("python", Snapshots.State.INACTIVE);
        RunSpec spec = RunSpec.of("eval", samples(20), SCORED);
        start(new RunSpec(
                spec.eval(),
                spec.samples(),
                spec.task(),
                SandboxSpec.snapshot("python"),
                spec.env(),
                1,
                spec.limits(),
                true,
                Optional.empty(),
                spec.details()));
        pass(Duration.ofSeconds(5));
        platform.snapshot("python", Snapshots.State.ACTIVE);
        pass(Duration.ofMinutes(1));
        assertThat(results()).hasSize(20).allMatch(result -> result.outcome() instanceof Outcome.Scored);
        assertThat(platform.calls("activate")).hasSize(1);
        assertThat(platform.calls("snapshot").size()).isLessThan(10);
    }

    @Test
    void aSnapshotThatDoesNotExistIsRefusedInWords() {
        Sample missing = new Sample("b", "", List.of(), java.util.Map.of(), Optional.of(SandboxSpec.snapshot("none")));
        run(RunSpec.of("eval", List.of(missing), SCORED));
        assertThat(results())
                .hasSize(1)
                .allSatisfy(result -> assertThat(result.outcome()).isInstanceOf(Outcome.InfrastructureFailed.class));
        assertThat(results())
                .anySatisfy(result -> assertThat(result.outcome().message()).contains("no snapshot 'none'"));
        assertThat(platform.created()).isZero();
    }

    @Test
    void aLoanIsKeptAliveAndDeleted() {
        List<String> got = new ArrayList<>();
        engine.withSandbox(
                        SandboxRequest.of(SandboxSpec.defaultSnapshot()),
                        sandbox -> Mono.delay(Duration.ofHours(2), clock).thenReturn(sandbox.name()))
                .subscribe(got::add);
        pass(Duration.ofMinutes(119));
        assertThat(platform.calls("touch")).hasSize(7);
        pass(Duration.ofMinutes(5));
        assertThat(got).singleElement().satisfies(name -> assertThat(name).matches("inspect-[0-9a-f]{8}"));
        assertThat(platform.live()).isZero();
    }

    @Test
    void aRunWritesItsFolder(@TempDir Path temp) throws Exception {
        Path folder = temp.resolve("run");
        Engine real = Sandflock.on(
                        platformOf(Time.system()),
                        (name, sandbox, ignored) -> new FakeEnvironment(name, sandbox.id(), (FakePlatform) ignored))
                .build();
        List<Sample> hostile = List.of(Sample.of("../../etc/passwd", ""), Sample.of("b", ""));
        real.run(RunSpec.of("eval", hostile, SCORED).withFolder(folder)).blockLast(Duration.ofSeconds(30));
        assertThat(Files.readAllLines(folder.resolve("results.ndjson")))
                .hasSize(2)
                .allMatch(line -> line.contains("\"outcome\":\"scored\""));
        assertThat(folder.resolve("samples/%2E.%2F..%2Fetc%2Fpasswd/1/stdout")).hasContent("true");
        assertThat(folder.resolve("samples/b/1/stderr")).isEmptyFile();
        assertThat(Files.readString(folder.resolve("run.json"))).contains("\"max_sandboxes\" : 16", "fake.invalid");
        assertThat(Files.readString(folder.resolve("summary.json"))).contains("\"left_over_count\" : 0");
        assertThat(io.sandflock.engine.run.JournalReader.open(folder.resolve("journal.ndjson")))
                .isEmpty();
        List<String> journal = Files.readAllLines(folder.resolve("journal.ndjson"));
        assertThat(journal.get(0)).contains("run_started");
        assertThat(journal.get(journal.size() - 1)).contains("run_ended");

        StepVerifier.create(real.run(RunSpec.of("eval", hostile, SCORED).withFolder(folder)))
                .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("holds a run already"))
                .verify(Duration.ofSeconds(30));
    }

    @Test
    void aFolderThatCannotBeWrittenFailsTheRunOnceItsSandboxesAreGone(@TempDir Path temp) throws Exception {
        Path folder = temp.resolve("run");
        Files.createDirectories(folder.resolve("results.ndjson"));
        FakePlatform there = platformOf(Time.system());
        Engine real = Sandflock.on(there, (name, sandbox, ignored) -> new FakeEnvironment(name, sandbox.id(), there))
                .build();
        StepVerifier.create(real.run(RunSpec.of("eval", samples(100), SCORED).withFolder(folder)))
                .thenConsumeWhile(event -> true)
                .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining(folder + " cannot be written"))
                .verify(Duration.ofSeconds(30));
        assertThat(there.live()).isZero();
        assertThat(there.created()).isLessThan(100);
    }

    private static FakePlatform platformOf(Time time) {
        return new FakePlatform(time);
    }
}
