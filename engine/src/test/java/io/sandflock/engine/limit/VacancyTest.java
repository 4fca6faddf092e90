/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.scheduler.VirtualTimeScheduler;

class VacancyTest {

    private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();
    private final Vacancy vacancy = new Vacancy(Time.of(clock, 1));
    private final List<Integer> through = new ArrayList<>();

    private Disposable seek(int number) {
        return vacancy.turn().doOnSuccess(ignored -> through.add(number)).subscribe();
    }

    private void seek(int from, int to) {
        for (int i = from; i < to; i++) {
            seek(i);
        }
    }

    @Test
    void whileThereIsRoomNobodyWaits() {
        seek(0, 3);
        assertThat(through).containsExactly(0, 1, 2);
    }

    @Test
    void eachSandboxThatIsFreedLetsOneThroughInTheOrderOfTheirComing() {
        vacancy.refused();
        seek(0, 4);
        assertThat(through).isEmpty();
        vacancy.freed();
        assertThat(through).containsExactly(0);
        vacancy.granted();
        assertThat(through).as("a freed place is one place").containsExactly(0);
        vacancy.freed();
        assertThat(through).containsExactly(0, 1);
    }

    @Test
    void nowAndThenOneFindsOutAndWhenItIsGrantedMoreFollow() {
        vacancy.refused();
        seek(0, 100);
        clock.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(through).hasSize(1);
        vacancy.refused();
        clock.advanceTimeBy(Duration.ofMillis(900));
        assertThat(through).as("the next look comes later").hasSize(1);
        clock.advanceTimeBy(Duration.ofMillis(1_100));
        assertThat(through).hasSize(2);
        vacancy.granted();
        assertThat(through).hasSize(4);
        vacancy.granted();
        vacancy.granted();
        assertThat(through).hasSize(8);
    }

    @Test
    void inAnHourWithoutRoomFewAreRefused() {
        vacancy.refused();
        seek(0, 1_000);
        for (int second = 0; second < 3_600; second++) {
            int before = through.size();
            clock.advanceTimeBy(Duration.ofSeconds(1));
            if (through.size() > before) {
                vacancy.refused();
            }
        }
        // Every 15 to 30 s in the end.
        assertThat(through.size()).isBetween(110, 260);
    }

    @Test
    void whoGivesUpLeavesThePlaceToTheNext() {
        vacancy.refused();
        Disposable first = seek(0);
        seek(1);
        first.dispose();
        vacancy.freed();
        assertThat(through).containsExactly(1);
        assertThat(vacancy.waiting()).isZero();
    }

    @Test
    void aFreedSandboxThatNobodyWaitsForIsRoom() {
        vacancy.refused();
        vacancy.freed();
        assertThat(vacancy.isFull()).isFalse();
        seek(0);
        assertThat(through).containsExactly(0);
    }

    @Test
    void theListenerIsToldOnceOfEachWave() {
        List<String> told = new ArrayList<>();
        vacancy.listen((budget, wait) -> told.add(budget));
        vacancy.refused();
        vacancy.refused();
        assertThat(told).containsExactly("quota");
    }
}
