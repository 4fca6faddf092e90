/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Engine;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.Outcome;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SampleContext;
import io.sandflock.SampleResult;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.Score;
import io.sandflock.TransientException;
import io.sandflock.engine.lease.LeaseSettings;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.testing.FakeEnvironment;
import io.sandflock.engine.testing.FakePlatform;
import io.sandflock.engine.testing.FakePlatform.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * 3,000 samples with random faults, errors, timeouts and cancellations at every stage.
 *
 * <p>Checked to bite: with a release that does not wait for the create's outcome ({@code Mono.firstWithSignal(acquired.asMono(),
 * Mono.empty())} in {@code Lease.release}), 477 sandboxes were left.
 */
class ChaosTest {

    /** Calls may take 3 s: on a busy machine the fake's own timers were seen to be 600 ms late, and what is later than that is lost. */
    private static final LeaseSettings QUICK = new LeaseSettings(
            Duration.ofSeconds(3),
            Duration.ofSeconds(3),
            Duration.ofSeconds(30),
            Duration.ofMillis(500),
            Duration.ofSeconds(2),
            Duration.ofMillis(20),
            Duration.ofMillis(100),
            Duration.ofMillis(200));

    /** Of each run. */
    static final int MAX_SANDBOXES = 60;

    private static final Duration LONGEST = Duration.ofSeconds(90);

    @Test
    @Timeout(110)
    void threeThousandSamplesLeaveNothingAndCreateNothingTwice() {
        long seed = Long.getLong("sandflock.chaos.seed", System.nanoTime());
        System.out.println("chaos seed " + seed);
        Random dice = new Random(seed);
        FakePlatform platform = new FakePlatform(Time.system());
        platform.latency = () -> Duration.ofMillis(dice.nextInt(6));
        platform.startTime = () -> Duration.ofMillis(dice.nextInt(30));
        platform.retryAfter = Duration.ofMillis(20);
        platform.faults = operation -> fault(operation, dice);
        try {
            wreak(
                    new ChaosSubject(
                            platform,
                            (name, sandbox, ignored) -> new FakeEnvironment(name, sandbox.id(), platform),
                            platform::live,
                            platform::createdTwice,
                            Duration.ofMillis(60),
                            Optional.empty()),
                    dice);
        } finally {
            System.out.println("chaos created " + platform.created() + ", at most " + platform.most()
                    + " at once, a call late by at most " + platform.latest().toMillis() + " ms");
        }
    }

    /** The same on any platform. */
    static void wreak(ChaosSubject subject, Random dice) {
        Engine engine = Sandflock.on(subject.platform(), subject.environments())
                .leases(QUICK)
                .build();
        Chaos chaos = new Chaos(engine, subject, dice);
        Mono.when(chaos.loans(1_000), chaos.wholeRun(1_500), chaos.brokenRuns(10, 50))
                .block(LONGEST);
        engine.closeLater().block(LONGEST);
        assertThat(engine.liveSandboxes()).isZero();
        assertThat(subject.live().getAsInt()).isZero();
        assertThat(subject.createdTwice().get()).isEmpty();
    }

    private static Fault fault(String operation, Random dice) {
        int roll = dice.nextInt(1000);
        return switch (operation) {
            case "create" ->
                roll < 30
                        ? Fault.LOST_REQUEST
                        : roll < 70
                                ? Fault.LOST_ANSWER
                                : roll < 75
                                        ? Fault.HANGS
                                        : roll < 85
                                                ? Fault.RATE_LIMITED
                                                : roll < 105
                                                        ? Fault.START_FAILED
                                                        : roll < 125
                                                                ? Fault.DIES
                                                                : roll < 135 ? Fault.REFUSED : Fault.NONE;
            case "delete" ->
                roll < 30
                        ? Fault.LOST_REQUEST
                        : roll < 60
                                ? Fault.LOST_ANSWER
                                : roll < 65
                                        ? Fault.HANGS
                                        : roll < 85 ? Fault.STATE_CHANGE : roll < 95 ? Fault.RATE_LIMITED : Fault.NONE;
            default -> roll < 40 ? Fault.LOST_REQUEST : roll < 45 ? Fault.HANGS : Fault.NONE;
        };
    }

    /** One engine's share of it. */
    private record Chaos(Engine engine, ChaosSubject subject, Random dice) {

        /** Sandboxes for one use, each given up after a random time: mostly before it is there. */
        Mono<Void> loans(int number) {
            SandboxRequest request = new SandboxRequest(
                    SandboxSpec.defaultSnapshot(), "loan", "", Map.of(), Map.of(), Duration.ofSeconds(20));
            return Flux.range(0, number)
                    .flatMap(
                            index -> engine.withSandbox(
                                            request,
                                            sandbox -> sandbox.environment().exec(ExecRequest.of("true")))
                                    .timeout(upTo(subject.patience()))
                                    .onErrorComplete(),
                            100,
                            1)
                    .then();
        }

        private Duration upTo(Duration most) {
            return Duration.ofMillis(1 + dice.nextInt((int) most.toMillis()));
        }

        private RunSpec spec(String eval, int samples) {
            List<Sample> all = IntStream.range(0, samples)
                    .mapToObj(index -> Sample.of(eval + index, ""))
                    .toList();
            return RunSpec.of(eval, all, this::work)
                    .withLimits(new RunSpec.Limits(
                            MAX_SANDBOXES,
                            Duration.ofSeconds(20),
                            subject.patience(),
                            Optional.empty(),
                            2,
                            Optional.empty()));
        }

        private Mono<Outcome> work(SampleContext context) {
            int roll = dice.nextInt(100);
            if (roll < 5) {
                throw new IllegalStateException("a task that throws");
            }
            Duration time = roll < 10 ? subject.patience().multipliedBy(2) : Duration.ofMillis(dice.nextInt(20));
            return Mono.delay(time)
                    .then(context.environment().exec(ExecRequest.of("true")))
                    .doOnNext(context::record)
                    .flatMap(result -> roll < 15
                            ? Mono.error(new TransientException(
                                    ErrorCode.UNREACHABLE, "the network broke", ErrorContext.NONE, null))
                            : roll < 20 ? Mono.empty() : Mono.just(new Outcome.Scored(Score.of(1))));
        }

        /** A run that goes to its end: one outcome for each sample, whatever happened to it. */
        Mono<Void> wholeRun(int samples) {
            List<SampleResult> results = new ArrayList<>();
            RunSpec spec = spec("whole", samples);
            return engine.run(subject.folder().map(spec::withFolder).orElse(spec))
                    .doOnNext(event -> collect(event, results))
                    .then(Mono.fromRunnable(() -> checkOutcomes(results, samples)));
        }

        /** Runs whose listener leaves in the middle. */
        Mono<Void> brokenRuns(int runs, int samples) {
            return Flux.range(0, runs)
                    .flatMap(
                            index -> engine.run(spec("broken" + index + "-", samples))
                                    .take(upTo(subject.patience().multipliedBy(6)))
                                    .then(),
                            2,
                            1)
                    .then();
        }
    }

    private static void collect(RunEvent event, List<SampleResult> results) {
        if (event instanceof RunEvent.Finished finished) {
            results.add(finished.result());
        }
        if (event instanceof RunEvent.Ended ended) {
            assertThat(ended.summary().leftOver()).isEmpty();
        }
    }

    private static void checkOutcomes(List<SampleResult> results, int samples) {
        assertThat(results.stream().map(SampleResult::sampleId).distinct()).hasSize(samples);
        assertThat(results).hasSize(samples);
        Map<String, Integer> outcomes = new TreeMap<>();
        results.forEach(result -> outcomes.merge(result.outcome().label(), 1, Integer::sum));
        System.out.println("chaos outcomes " + outcomes);
        assertThat(outcomes).containsKeys("scored", "task_failed", "timed_out");
    }
}
