/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.TransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

class PacerTest {

    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();
    private final Time time = Time.of(clock, 1);

    private static TransientException refusal(ErrorCode code, Duration retryAfter) {
        return new TransientException(code, "slow down", ErrorContext.NONE, retryAfter, null);
    }

    private AtomicInteger callers(Pacer pacer, int number) {
        AtomicInteger called = new AtomicInteger();
        for (int i = 0; i < number; i++) {
            pacer.pace(Mono.fromSupplier(called::incrementAndGet)).subscribe();
        }
        return called;
    }

    @Test
    void withoutARateEveryCallGoesAtOnce() {
        assertThat(callers(new Pacer("create", OptionalInt.empty(), time), 1000))
                .hasValue(1000);
    }

    @Test
    void callsAreSpreadOverTheMinute() {
        AtomicInteger called = callers(new Pacer("create", OptionalInt.of(600), time), 600);
        assertThat(called.get()).isLessThanOrEqualTo(2);
        clock.advanceTimeBy(Duration.ofSeconds(30));
        assertThat(called.get()).isBetween(298, 303);
        clock.advanceTimeBy(Duration.ofSeconds(31));
        assertThat(called).hasValue(600);
    }

    @Test
    void oneRefusalPausesEverybodyForTheTimeThatTheServerGave() {
        Pacer pacer = new Pacer("create", OptionalInt.empty(), time);
        List<String> told = new ArrayList<>();
        pacer.listen((budget, wait) -> told.add(budget + " " + wait.toSeconds()));
        StepVerifier.create(pacer.pace(Mono.error(refusal(ErrorCode.RATE_LIMITED, Duration.ofSeconds(17)))))
                .verifyErrorMatches(error -> error instanceof TransientException);
        AtomicInteger called = callers(pacer, 100);
        clock.advanceTimeBy(Duration.ofSeconds(16));
        assertThat(called).hasValue(0);
        clock.advanceTimeBy(Duration.ofMillis(1_500));
        assertThat(called.get()).as("jitter spreads them").isBetween(1, 99);
        clock.advanceTimeBy(Duration.ofSeconds(3));
        assertThat(called).hasValue(100);
        assertThat(told).containsExactly("create 17");
    }

    @Test
    void aPauseThatIsMadeLongerHoldsThoseWhoWaitAlready() {
        Pacer pacer = new Pacer("create", OptionalInt.empty(), time);
        pacer.pauseFor(Duration.ofSeconds(5));
        AtomicInteger called = callers(pacer, 10);
        clock.advanceTimeBy(Duration.ofSeconds(4));
        pacer.pauseFor(Duration.ofSeconds(20));
        clock.advanceTimeBy(Duration.ofSeconds(19));
        assertThat(called).hasValue(0);
        clock.advanceTimeBy(Duration.ofSeconds(10));
        assertThat(called).hasValue(10);
    }

    @Test
    void fewWhoWaitAtTheEndOfAPauseDoNotSlowDownThoseWhoComeLater() {
        Pacer pacer = new Pacer("create", OptionalInt.empty(), time);
        pacer.pauseFor(Duration.ofSeconds(1));
        AtomicInteger called = callers(pacer, 2);
        clock.advanceTimeBy(Duration.ofSeconds(1));
        for (int i = 0; i < 300; i++) {
            int before = called.get();
            pacer.pace(Mono.fromSupplier(called::incrementAndGet)).subscribe();
            clock.advanceTimeBy(Duration.ofMillis(10));
            assertThat(called.get() - before).as("nor come all at once").isLessThan(20);
        }
        assertThat(called).hasValue(302);
        assertThat(pacer.waiting()).isZero();
    }

    @Test
    void withoutATimeFromThePlatformAPauseIsLongerWithEachWave() {
        Pacer pacer = new Pacer("create", OptionalInt.empty(), time);
        List<Long> waits = new ArrayList<>();
        pacer.listen((budget, wait) -> waits.add(wait.toSeconds()));
        for (int wave = 0; wave < 3; wave++) {
            pacer.learn(refusal(ErrorCode.RATE_LIMITED, null));
            pacer.learn(refusal(ErrorCode.RATE_LIMITED, null));
            clock.advanceTimeBy(Duration.ofSeconds(60));
        }
        assertThat(waits).containsExactly(1L, 2L, 4L);
    }

    @Test
    void aUsedUpQuotaPausesNobody() {
        Pacer pacer = new Pacer("create", OptionalInt.empty(), time);
        pacer.learn(refusal(ErrorCode.QUOTA_EXCEEDED, null));
        assertThat(pacer.pause()).isZero();
    }

    @Test
    void aRunWithManyCallsDoesNotKeepOneWithFewWaiting() {
        Pacer pacer = new Pacer("create", OptionalInt.of(600), time);
        AtomicInteger many = new AtomicInteger();
        AtomicInteger few = new AtomicInteger();
        for (int i = 0; i < 1_000; i++) {
            pacer.pace(Mono.fromSupplier(many::incrementAndGet))
                    .contextWrite(context -> Pacer.as("many", context))
                    .subscribe();
        }
        for (int i = 0; i < 10; i++) {
            pacer.pace(Mono.fromSupplier(few::incrementAndGet))
                    .contextWrite(context -> Pacer.as("few", context))
                    .subscribe();
        }
        clock.advanceTimeBy(Duration.ofSeconds(3));
        assertThat(few).as("every second turn").hasValue(10);
        assertThat(many.get()).isBetween(15, 25);
    }

    @Test
    void whoLeavesTheQueueSpendsNothing() {
        Pacer pacer = new Pacer("create", OptionalInt.of(600), time);
        for (int i = 0; i < 500; i++) {
            pacer.turn().subscribe().dispose();
        }
        AtomicInteger called = callers(pacer, 100);
        assertThat(pacer.waiting()).isLessThanOrEqualTo(100);
        clock.advanceTimeBy(Duration.ofSeconds(11));
        assertThat(called).hasValue(100);
    }

    @Test
    void errorsThatDoNotAskToSlowDownPauseNobody() {
        Pacer pacer = new Pacer("create", OptionalInt.empty(), time);
        StepVerifier.create(pacer.pace(Mono.error(refusal(ErrorCode.UNREACHABLE, null))))
                .verifyError();
        StepVerifier.create(pacer.pace(
                        Mono.error(new PermanentException(ErrorCode.INVALID_INPUT, "no", ErrorContext.NONE))))
                .verifyError(PermanentException.class);
        assertThat(pacer.pause()).isZero();
    }

    @Test
    void whoGivesUpWhileItWaitsDoesNotCall() {
        Pacer pacer = new Pacer("create", OptionalInt.empty(), time);
        pacer.pauseFor(Duration.ofSeconds(5));
        AtomicInteger called = new AtomicInteger();
        Disposable waiting =
                pacer.pace(Mono.fromSupplier(called::incrementAndGet)).subscribe();
        waiting.dispose();
        clock.advanceTimeBy(Duration.ofSeconds(60));
        assertThat(called).hasValue(0);
    }

    @Test
    void onlyTransientErrorsAreTriedAgainAndTheLastOneIsPassedOnAsItIs() {
        Backoff backoff = new Backoff(3, Duration.ofSeconds(1), Duration.ofSeconds(4));
        AtomicInteger tries = new AtomicInteger();
        TransientException trouble = refusal(ErrorCode.UNREACHABLE, Duration.ofSeconds(10));
        List<Throwable> errors = new ArrayList<>();
        Mono.defer(() -> {
                    tries.incrementAndGet();
                    return Mono.error(trouble);
                })
                .retryWhen(backoff.on(time))
                .subscribe(ignored -> {}, errors::add);
        clock.advanceTimeBy(Duration.ofMillis(9_999));
        assertThat(tries).as("never before the server's time").hasValue(1);
        clock.advanceTimeBy(Duration.ofSeconds(40));
        assertThat(tries).hasValue(4);
        assertThat(errors).containsExactly(trouble);

        tries.set(0);
        PermanentException refused = new PermanentException(ErrorCode.INVALID_INPUT, "no", ErrorContext.NONE);
        StepVerifier.create(Mono.defer(() -> {
                            tries.incrementAndGet();
                            return Mono.error(refused);
                        })
                        .retryWhen(backoff.on(time)))
                .verifyErrorMatches(error -> error.equals(refused));
        assertThat(tries).hasValue(1);
    }

    @Test
    void jitterIsFull() {
        Backoff backoff = new Backoff(9, Duration.ofSeconds(1), Duration.ofSeconds(8));
        TransientException trouble = refusal(ErrorCode.UNREACHABLE, null);
        List<Duration> waits = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            waits.add(backoff.wait(6, trouble, time));
        }
        assertThat(waits).allMatch(wait -> wait.compareTo(Duration.ofSeconds(8)) <= 0);
        assertThat(waits).anyMatch(wait -> wait.compareTo(Duration.ofMillis(400)) < 0);
        assertThat(waits).anyMatch(wait -> wait.compareTo(Duration.ofMillis(7_600)) > 0);
    }
}
