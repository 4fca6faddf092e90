/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.TransientException;
import io.sandflock.engine.platform.RateReading;
import io.sandflock.engine.platform.RateReading.Budget;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Ten times more calls than the platform allows, on virtual time, against a platform that counts as Daytona does. */
class RateLimitStormTest {

    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();

    /** Fixed windows that begin with the first call after the last; blocked until their end by one call too many. */
    private final class Platform {

        final int limit;
        final long window;
        final Random dice;
        final Time time;
        /** Calls of somebody else in the organization, of those that are allowed. */
        final double others;

        long end = Long.MIN_VALUE;
        int used = 0;
        int granted = 0;
        int refused = 0;

        Platform(int limit, Duration window, double others, long seed, Time time) {
            this.limit = limit;
            this.window = window.toNanos();
            this.others = others;
            this.dice = new Random(seed);
            this.time = time;
        }

        /** A create: counted after a moment on the way, answered up to ten seconds later, with what was so when it was counted. */
        Mono<String> create() {
            return Mono.deferContextual(context -> Mono.delay(Duration.ofMillis(dice.nextInt(40)), clock)
                    .flatMap(way -> count())
                    .flatMap(reading -> Mono.delay(
                                    reading == null ? Duration.ZERO : Duration.ofMillis(100 + dice.nextInt(9_900)),
                                    clock)
                            .map(work -> told(context, reading))));
        }

        private String told(reactor.util.context.ContextView context, RateReading reading) {
            Consumer<RateReading> listener = RateReading.listener(context);
            if (listener != null) {
                listener.accept(reading);
            }
            return "created";
        }

        private Mono<RateReading> count() {
            long now = time.nanos();
            if (now >= end) {
                end = now + window;
                used = 0;
            }
            if (dice.nextDouble() < others) {
                used++;
            }
            used++;
            long reset = Math.max(1, (end - now + 999_999_999) / 1_000_000_000);
            if (used > limit) {
                refused++;
                used = limit + 1;
                return Mono.error(new TransientException(
                        ErrorCode.RATE_LIMITED,
                        "Too Many Requests",
                        ErrorContext.NONE,
                        Duration.ofSeconds(reset),
                        null));
            }
            granted++;
            return Mono.just(new RateReading(Budget.CREATE, limit, limit - used, Duration.ofSeconds(reset)));
        }
    }

    @ParameterizedTest(name = "{0} in {1} s, told beforehand: {2}, others: {3}, seed {4}")
    @CsvSource({
        "300, 60, true, 0, 1",
        "600, 60, true, 0, 2",
        "300, 60, false, 0, 3",
        "100, 10, true, 0, 4",
        "1000, 10, true, 0, 5",
        "300, 60, true, 0.25, 6"
    })
    void theLimitIsUsedAndHardlyAnyCallIsRefused(int limit, int seconds, boolean told, double others, long seed) {
        Time time = Time.of(clock, seed);
        Platform platform = new Platform(limit, Duration.ofSeconds(seconds), others, seed, time);
        Pacer pacer = new Pacer("create", Budget.CREATE, OptionalInt.empty(), time);
        if (told) {
            pacer.expect(new RateReading.Rate(limit, Duration.ofSeconds(seconds)));
        }
        AtomicInteger done = new AtomicInteger();
        // Each of them comes back as soon as it has what it wanted: so many want something all the time.
        for (int i = 0; i < 10 * limit; i++) {
            Mono.defer(() -> pacer.pace(platform.create()))
                    .onErrorComplete()
                    .doOnNext(created -> done.incrementAndGet())
                    .repeat()
                    .subscribe();
            if (!told && i == 0) {
                // Nobody knows the limit: one answer tells it.
                clock.advanceTimeBy(Duration.ofSeconds(15));
            }
        }
        int windows = 10;
        for (int step = 0; step < windows * seconds * 10; step++) {
            clock.advanceTimeBy(Duration.ofMillis(100));
        }
        double share = (double) platform.granted / (windows * limit * (1 - others / (1 + others)));
        double refused = (double) platform.refused / (platform.granted + platform.refused);
        System.out.printf(
                "seed %d: %d per %d s, %.1f %% of it used, %.2f %% of the calls refused%n",
                seed, limit, seconds, share * 100, refused * 100);
        assertThat(share).as("share of the limit used").isGreaterThanOrEqualTo(0.95);
        assertThat(refused).as("share of the calls refused").isLessThanOrEqualTo(0.02);
    }

    @org.junit.jupiter.api.Test
    void aBudgetIgnoresWhatIsSaidOfAnother() {
        Time time = Time.of(clock, 1);
        Pacer pacer = new Pacer("create", Budget.CREATE, OptionalInt.empty(), time);
        Mono<String> answer = Mono.deferContextual(context -> {
            Consumer<RateReading> listener = RateReading.listener(context);
            assertThat(listener).isNotNull();
            listener.accept(new RateReading(Budget.LIFECYCLE, 1, 0, Duration.ofSeconds(60)));
            return Mono.just("done");
        });
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 100; i++) {
            pacer.pace(answer).subscribe(ignored -> done.incrementAndGet());
        }
        assertThat(done).hasValue(100);
        assertThat(clock.now(TimeUnit.MILLISECONDS)).isZero();
    }
}
