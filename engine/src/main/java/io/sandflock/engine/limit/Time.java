/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Where time and chance come from: everything that waits, measures or jitters takes them from here, so that tests can turn
 * the clock and repeat the dice.
 *
 * @param scheduler runs what was delayed
 * @param clock the time of day
 * @param nanoTime a monotonic clock in ns, for durations
 * @param dice a generator that the calling thread may use
 */
public record Time(Scheduler scheduler, Clock clock, LongSupplier nanoTime, Supplier<? extends RandomGenerator> dice) {

    /** The machine's own clocks and Reactor's {@code parallel} scheduler. */
    public static Time system() {
        // Not SecureRandom: it reads a device, which an event loop must not.
        return new Time(Schedulers.parallel(), Clock.systemUTC(), System::nanoTime, ThreadLocalRandom::current);
    }

    /** The time of a scheduler, for example a virtual one, and dice that repeat. */
    public static Time of(Scheduler scheduler, long seed) {
        Random random = new Random(seed);
        return new Time(
                scheduler, new SchedulerClock(scheduler), () -> scheduler.now(TimeUnit.NANOSECONDS), () -> random);
    }

    /** Now, on the monotonic clock, in ns. */
    public long nanos() {
        return nanoTime.getAsLong();
    }

    /** The time since {@code startNanos}, a value of {@link #nanos()}. */
    public Duration since(long startNanos) {
        return Duration.ofNanos(Math.max(0, nanos() - startNanos));
    }

    /** Now, as the time of day. */
    public Instant now() {
        return clock.instant();
    }

    /** Completes after this time; at once, on the subscriber's thread, when it is not positive. */
    public Mono<Void> delay(Duration wait) {
        return wait.isZero() || wait.isNegative()
                ? Mono.empty()
                : Mono.delay(wait, scheduler).then();
    }

    /** Full jitter: anything from zero to {@code most}. */
    public Duration jitter(Duration most) {
        long nanos = most.toNanos();
        return nanos <= 0 ? Duration.ZERO : Duration.ofNanos(dice.get().nextLong(nanos + 1));
    }

    /** Anything between the two. */
    public Duration between(Duration least, Duration most) {
        return least.plus(jitter(most.minus(least)));
    }

    /** This many random lower-case hexadecimal digits, at most 16. Unique enough to tell apart, not fit to be a secret. */
    public String hex(int digits) {
        String sixteen = HexFormat.of().toHexDigits(dice.get().nextLong());
        return sixteen.substring(16 - digits);
    }

    private static final class SchedulerClock extends Clock {

        private final Scheduler scheduler;

        SchedulerClock(Scheduler scheduler) {
            this.scheduler = scheduler;
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(scheduler.now(TimeUnit.MILLISECONDS));
        }
    }
}
