/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.testing.FakePlatform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What it costs to wait for sandboxes to start, on virtual time. */
class SweepTest {

    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();
    private final Time time = Time.of(clock, 5);
    private final FakePlatform platform = new FakePlatform(time);
    private final Random dice = new Random(5);
    private final Readiness readiness = new Readiness(platform, LeaseSettings.defaults(), time);
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();

    private SandboxInfo create(int number) {
        CreateSandbox request = new CreateSandbox(
                "box-" + number,
                new CreateSandbox.Source.Snapshot("small"),
                Optional.empty(),
                Map.of(),
                Labels.of(Map.of(), "me", "run", "sample-" + number, 1, 1, time.now()),
                false,
                Optional.empty(),
                false,
                Optional.empty(),
                CreateSandbox.Resources.DEFAULT,
                CreateSandbox.Intervals.DEFAULT);
        List<SandboxInfo> made = new ArrayList<>();
        platform.sandboxes().create(request).subscribe(made::add);
        clock.advanceTimeBy(Duration.ofNanos(1));
        return made.get(0);
    }

    private List<Disposable> await(int number) {
        List<Disposable> waiters = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            waiters.add(readiness
                    .started(create(i))
                    .subscribe(info -> started.incrementAndGet(), error -> failed.incrementAndGet()));
        }
        return waiters;
    }

    private void pass(Duration duration) {
        for (long tenth = 0; tenth < duration.toMillis() / 100; tenth++) {
            clock.advanceTimeBy(Duration.ofMillis(100));
        }
    }

    private int lists() {
        return platform.calls("list").size();
    }

    private int looks() {
        return platform.calls("get").size();
    }

    @Test
    void aThousandWithoutEventsShareOneListAndEachLooksOnceAtTheBeginningAndOnceAtTheEnd() {
        platform.eventsUp = false;
        platform.startTime = () -> Duration.ofMillis(10_000 + dice.nextInt(20_000));
        await(1_000);
        pass(Duration.ofSeconds(36));
        System.out.printf("1,000 waiters, 10 to 30 s, no events: %d lists, %d looks%n", lists(), looks());
        assertThat(started).hasValue(1_000);
        assertThat(lists()).isLessThanOrEqualTo(40);
        assertThat(looks()).isLessThanOrEqualTo(2_100);
    }

    @Test
    void aThousandWithEventsLookOnceEach() {
        platform.startTime = () -> Duration.ofMillis(10_000 + dice.nextInt(20_000));
        await(1_000);
        pass(Duration.ofSeconds(31));
        System.out.printf("1,000 waiters, 10 to 30 s, events: %d lists, %d looks%n", lists(), looks());
        assertThat(started).hasValue(1_000);
        assertThat(lists()).isLessThanOrEqualTo(40);
        assertThat(looks()).isLessThanOrEqualTo(1_050);
    }

    @Test
    void eventsThatAreLostAreMadeUpFor() {
        platform.startTime = () -> Duration.ofMillis(5_000 + dice.nextInt(20_000));
        await(200);
        pass(Duration.ofSeconds(10));
        assertThat(started.get()).isBetween(20, 180);
        platform.eventsUp = false;
        pass(Duration.ofSeconds(22));
        System.out.printf("200 waiters, events lost after 10 s: %d lists, %d looks%n", lists(), looks());
        assertThat(started).hasValue(200);
    }

    @Test
    void aListThatCannotBeHadIsMadeUpForByLooksAndComesBack() {
        platform.eventsUp = false;
        platform.listsForbidden = true;
        platform.startTime = () -> Duration.ofSeconds(20);
        await(50);
        pass(Duration.ofSeconds(40));
        assertThat(started).hasValue(50);
        int before = looks();
        platform.listsForbidden = false;
        started.set(0);
        for (int i = 50; i < 100; i++) {
            readiness.started(create(i)).subscribe(info -> started.incrementAndGet());
        }
        pass(Duration.ofSeconds(24));
        assertThat(started).hasValue(50);
        assertThat(looks() - before).as("the list tells again").isLessThanOrEqualTo(160);
    }

    @Test
    void withTheLastWhoWaitsTheListsEnd() {
        platform.eventsUp = false;
        platform.startTime = () -> Duration.ofHours(1);
        await(20).forEach(Disposable::dispose);
        pass(Duration.ofSeconds(10));
        int before = lists() + looks();
        pass(Duration.ofSeconds(60));
        assertThat(lists() + looks()).isEqualTo(before);
    }
}
