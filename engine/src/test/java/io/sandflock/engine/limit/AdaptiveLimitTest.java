/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

class AdaptiveLimitTest {

    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();

    /** A change and when it was. */
    private record Step(Duration at, int from, int to, String why) {}

    /** A platform with so many places, that creates quickly for so many at once, and as much slower as there are more. */
    private static final class Site {

        int quota;
        final int quickly;
        int live = 0;
        int creating = 0;

        Site(int quota, int quickly) {
            this.quota = quota;
            this.quickly = quickly;
        }
    }

    /** An engine on a platform. More samples than that can hold want a sandbox all the time. */
    private final class World {

        final Site site;
        final Time time;
        final Random dice;
        final Gate gate = new Gate(1);
        final AdaptiveLimit limit;
        final List<Step> steps = new ArrayList<>();
        long refused = 0;
        long done = 0;

        World(int quota, int quickly, long seed) {
            this(new Site(quota, quickly), seed);
        }

        World(Site site, long seed) {
            this.site = site;
            this.time = Time.of(clock, seed);
            this.dice = new Random(seed);
            this.limit = AdaptiveLimit.of(
                    gate,
                    new Pacer("create", OptionalInt.empty(), time),
                    time,
                    (from, to, why) -> steps.add(new Step(Duration.ofNanos(time.nanos()), from, to, why)));
            for (int i = 0; i < 4 * Math.min(site.quota, 1_000) + 64; i++) {
                Mono.defer(this::sample).repeat().subscribe();
            }
        }

        private Mono<Void> sample() {
            return Mono.usingWhen(
                            Mono.fromSupplier(gate::ticket),
                            ticket -> ticket.admitted().then(Mono.defer(this::create)),
                            ticket -> Mono.fromRunnable(ticket::release))
                    // Held, as a sample is: without its place, and it does not come back at once.
                    .flatMap(held -> Mono.delay(Duration.ofMillis(500 + dice.nextInt(1_000)), clock))
                    .then();
        }

        /** Emits when it was refused. */
        private Mono<String> create() {
            if (site.live >= site.quota) {
                refused++;
                limit.full(gate.held() - 1);
                return Mono.just("held");
            }
            site.live++;
            site.creating++;
            double load = Math.max(1, (double) site.creating / site.quickly);
            Duration took = Duration.ofMillis((long) ((180 + dice.nextInt(40)) * load));
            return Mono.delay(took, clock)
                    .doOnNext(created -> {
                        site.creating--;
                        limit.granted(took);
                    })
                    .flatMap(created -> Mono.delay(Duration.ofMillis(2_000 + dice.nextInt(4_000)), clock))
                    .doOnNext(ended -> {
                        site.live--;
                        done++;
                    })
                    .then(Mono.empty());
        }

        void pass(Duration time) {
            for (long tenth = 0; tenth < time.toMillis() / 100; tenth++) {
                clock.advanceTimeBy(Duration.ofMillis(100));
            }
        }

        long stepsBetween(Duration from, Duration to) {
            return steps.stream()
                    .filter(step -> step.at().compareTo(from) >= 0 && step.at().compareTo(to) < 0)
                    .count();
        }
    }

    @ParameterizedTest(name = "quota {0}, seed {1}")
    @CsvSource({"10, 11", "100, 12", "500, 13", "100, 14", "100, 15"})
    void itFindsTheQuotaAndStaysThere(int quota, long seed) {
        World world = new World(quota, 10_000, seed);
        world.pass(Duration.ofMinutes(5));
        int found = world.limit.limit();
        List<Integer> later = new ArrayList<>();
        for (int minute = 0; minute < 115; minute++) {
            world.pass(Duration.ofMinutes(1));
            later.add(world.limit.limit());
        }
        long early = world.stepsBetween(Duration.ZERO, Duration.ofMinutes(30));
        long late = world.stepsBetween(Duration.ofMinutes(90), Duration.ofMinutes(120));
        System.out.printf(
                "seed %d: quota %d, found %d, later %d to %d, %d changes in the first half hour, %d in the fourth, %d refused of %d%n",
                seed,
                quota,
                found,
                later.stream().min(Integer::compare).orElseThrow(),
                later.stream().max(Integer::compare).orElseThrow(),
                early,
                late,
                world.refused,
                world.done);
        assertThat(later).allMatch(limit -> limit >= quota * 0.8 && limit <= quota * 1.2 + 1);
        assertThat(late).as("changes in the fourth half hour").isLessThanOrEqualTo(8);
        assertThat(world.refused).isLessThan(world.done / 20 + quota);
    }

    @ParameterizedTest(name = "quick up to {0} at once, seed {1}")
    @CsvSource({"4, 21", "16, 22", "64, 23", "16, 24", "16, 25"})
    void itFindsWhereCreatesBecomeSlowAndStaysThere(int quickly, long seed) {
        World world = new World(5_000, quickly, seed);
        world.pass(Duration.ofMinutes(120));
        long early = world.stepsBetween(Duration.ZERO, Duration.ofMinutes(30));
        long late = world.stepsBetween(Duration.ofMinutes(90), Duration.ofMinutes(120));
        System.out.printf(
                "seed %d: quick up to %d, %d at once in the end, %d changes in the first half hour, %d in the fourth%n",
                seed, quickly, world.limit.limit(), early, late);
        assertThat(world.limit.limit()).as("more than are created at once fit").isGreaterThan(quickly);
        // Two tries to pass the mark at most, each with its steps up and down.
        assertThat(late)
                .as("changes in the fourth half hour")
                .isLessThanOrEqualTo(18)
                .isLessThan(early);
    }

    @ParameterizedTest(name = "quick up to {0} at once, the second after {1} s, seed {2}")
    @CsvSource({"16, 0, 41", "16, 0, 42", "16, 60, 43", "16, 600, 44", "4, 0, 45", "64, 30, 46"})
    void twoOnOnePlatformHaveAShareEach(int quickly, int later, long seed) {
        Site site = new Site(5_000, quickly);
        World first = new World(site, seed);
        first.pass(Duration.ofSeconds(later));
        World second = new World(site, seed + 100);
        List<Double> shares = new ArrayList<>();
        for (int minute = 0; minute < 60; minute++) {
            second.pass(Duration.ofMinutes(1));
            if (minute >= 10) {
                shares.add((double) second.limit.limit() / (first.limit.limit() + second.limit.limit()));
            }
        }
        System.out.printf(
                "seed %d: quick up to %d, after an hour %d and %d at once, share of the second %.2f to %.2f; done %d and %d%n",
                seed,
                quickly,
                first.limit.limit(),
                second.limit.limit(),
                shares.stream().min(Double::compare).orElseThrow(),
                shares.stream().max(Double::compare).orElseThrow(),
                first.done,
                second.done);
        assertThat(shares).allMatch(share -> share > 0.2 && share < 0.8);
    }

    @Test
    void aQuotaThatIsRaisedIsFound() {
        World world = new World(50, 10_000, 31);
        world.pass(Duration.ofMinutes(10));
        assertThat(world.limit.limit()).isBetween(40, 60);
        world.site.quota = 200;
        world.pass(Duration.ofMinutes(60));
        assertThat(world.limit.limit()).isBetween(160, 240);
    }

    @Test
    void aQuotaThatIsLoweredIsKeptTo() {
        World world = new World(200, 10_000, 32);
        world.pass(Duration.ofMinutes(10));
        world.site.quota = 50;
        world.pass(Duration.ofMinutes(10));
        assertThat(world.limit.limit()).isBetween(40, 60);
    }

    @Test
    void aWaveOfRefusalsIsOneReason() {
        Gate gate = new Gate(1);
        List<String> why = new ArrayList<>();
        Time time = Time.of(clock, 1);
        AdaptiveLimit limit = AdaptiveLimit.of(
                gate, new Pacer("create", OptionalInt.empty(), time), time, (from, to, reason) -> why.add(reason));
        for (int i = 0; i < 100; i++) {
            limit.rateLimited();
        }
        assertThat(why).containsExactly("rate limit");
        assertThat(limit.limit()).isEqualTo(3);
        assertThat(gate.limit()).isEqualTo(3);
    }

    /** A limit with somebody who waits, whose changes are noted. */
    private AdaptiveLimit crowded(List<Integer> changes) {
        Gate gate = new Gate(1);
        Time time = Time.of(clock, 1);
        AdaptiveLimit limit = AdaptiveLimit.of(
                gate, new Pacer("create", OptionalInt.empty(), time), time, (from, to, reason) -> changes.add(to));
        for (int i = 0; i < 1_000; i++) {
            gate.ticket().admitted().subscribe();
        }
        return limit;
    }

    private void grant(AdaptiveLimit limit, int creates, int millis) {
        for (int i = 0; i < creates; i++) {
            clock.advanceTimeBy(Duration.ofMillis(millis));
            limit.granted(Duration.ofMillis(millis));
        }
    }

    @Test
    void itFallsAsLongAsCreatesBecomeFasterForIt() {
        List<Integer> changes = new ArrayList<>();
        AdaptiveLimit limit = crowded(changes);
        grant(limit, 4 + 8 + 16, 100);
        assertThat(changes).containsExactly(8, 16, 32);
        grant(limit, 32, 1_000);
        grant(limit, 22, 700);
        grant(limit, 15, 400);
        assertThat(changes).containsExactly(8, 16, 32, 22, 15, 10);
    }

    @Test
    void itDoesNotLeaveThePlatformToOthersWhoMakeItSlow() {
        List<Integer> changes = new ArrayList<>();
        AdaptiveLimit limit = crowded(changes);
        grant(limit, 4 + 8 + 16, 100);
        grant(limit, 500, 1_000);
        assertThat(changes).containsExactly(8, 16, 32, 22);
    }

    @Test
    void slowCreatesAreNoReasonToFallBelowWhereItBegan() {
        List<Integer> changes = new ArrayList<>();
        AdaptiveLimit limit = crowded(changes);
        grant(limit, 4, 100);
        for (int took = 10_000; took > 500; took = took * 4 / 5) {
            grant(limit, 8, took);
        }
        assertThat(changes).containsExactly(8, 5, AdaptiveLimit.FIRST);
    }

    @Test
    void createsThatWereAskedForBeforeAChangeSayNothingOfIt() {
        List<Integer> changes = new ArrayList<>();
        AdaptiveLimit limit = crowded(changes);
        grant(limit, 4, 100);
        for (int i = 0; i < 100; i++) {
            limit.granted(Duration.ofMillis(100));
        }
        assertThat(changes).containsExactly(8);
    }

    @Test
    void withoutAnybodyWaitingItDoesNotGrow() {
        Gate gate = new Gate(1);
        Time time = Time.of(clock, 1);
        AdaptiveLimit limit =
                AdaptiveLimit.of(gate, new Pacer("create", OptionalInt.empty(), time), time, (from, to, reason) -> {});
        grant(limit, 1_000, 10);
        assertThat(limit.limit()).isEqualTo(AdaptiveLimit.FIRST);
    }

    @Test
    void aNumberThatWasGivenStays() {
        Time time = Time.of(clock, 1);
        AdaptiveLimit limit = AdaptiveLimit.none(new Pacer("create", OptionalInt.empty(), time), time);
        limit.full(1);
        limit.rateLimited();
        assertThat(limit.found()).isEmpty();
    }
}
