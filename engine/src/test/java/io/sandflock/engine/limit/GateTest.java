/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class GateTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    private static List<Gate.Ticket> queue(Gate gate, int number, List<Integer> admitted) {
        List<Gate.Ticket> tickets = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            int index = i;
            Gate.Ticket ticket = gate.ticket();
            tickets.add(ticket);
            ticket.admitted().subscribe(ignored -> {}, ignored -> {}, () -> admitted.add(index));
        }
        return tickets;
    }

    @Test
    void asManyAsThereArePermitsEnterInTheOrderOfTheirArrival() {
        Gate gate = new Gate(2);
        List<Integer> admitted = new ArrayList<>();
        List<Gate.Ticket> tickets = queue(gate, 5, admitted);
        assertThat(admitted).containsExactly(0, 1);
        tickets.get(1).release();
        tickets.get(0).release();
        assertThat(admitted).containsExactly(0, 1, 2, 3);
        assertThat(gate.held()).isEqualTo(2);
        assertThat(gate.waiting()).isEqualTo(1);
    }

    @Test
    void whoLeavesTheQueueIsSkipped() {
        Gate gate = new Gate(1);
        List<Integer> admitted = new ArrayList<>();
        List<Gate.Ticket> tickets = queue(gate, 3, admitted);
        tickets.get(1).release();
        tickets.get(0).release();
        assertThat(admitted).containsExactly(0, 2);
        assertThat(gate.held()).isEqualTo(1);
    }

    @Test
    void aTicketReturnedTwiceGivesOnePermitBack() {
        Gate gate = new Gate(1);
        List<Integer> admitted = new ArrayList<>();
        List<Gate.Ticket> tickets = queue(gate, 3, admitted);
        tickets.get(0).release();
        tickets.get(0).release();
        assertThat(admitted).containsExactly(0, 1);
    }

    @Test
    void aTicketThatWasReturnedIsNeverAdmitted() {
        Gate gate = new Gate(1);
        Gate.Ticket ticket = gate.ticket();
        ticket.release();
        AtomicInteger admitted = new AtomicInteger();
        ticket.admitted().subscribe(ignored -> {}, ignored -> {}, admitted::incrementAndGet);
        assertThat(admitted).hasValue(0);
        assertThat(gate.held()).isZero();
    }

    @Test
    void aGateThatGrowsAdmitsAndOneThatShrinksWaits() {
        Gate gate = new Gate(1);
        List<Integer> admitted = new ArrayList<>();
        List<Gate.Ticket> tickets = queue(gate, 6, admitted);
        gate.resize(4);
        assertThat(admitted).containsExactly(0, 1, 2, 3);
        gate.resize(2);
        tickets.get(0).release();
        tickets.get(1).release();
        assertThat(admitted).hasSize(4);
        tickets.get(2).release();
        assertThat(admitted).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void aGateWithoutPermitsIsRefused() {
        assertThatThrownBy(() -> new Gate(0)).hasMessageContaining("at least 1 permit, was 0");
    }

    @Test
    void aHundredThousandThatReturnAtOnceDoNotGrowTheStack() {
        Gate gate = new Gate(1);
        AtomicInteger done = new AtomicInteger();
        Gate.Ticket first = gate.ticket();
        first.admitted().subscribe();
        for (int i = 0; i < 100_000; i++) {
            Gate.Ticket ticket = gate.ticket();
            ticket.admitted().subscribe(ignored -> {}, ignored -> {}, () -> {
                done.incrementAndGet();
                ticket.release();
            });
        }
        first.release();
        assertThat(done).hasValue(100_000);
        assertThat(gate.held()).isZero();
    }

    @Test
    void inAHundredRacesThePermitsAreNeitherLostNorExceeded() {
        long seed = System.nanoTime();
        System.out.println("gate seed " + seed);
        Random dice = new Random(seed);
        for (int round = 0; round < 100; round++) {
            int limit = 1 + dice.nextInt(8);
            Gate gate = new Gate(limit);
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            Flux.range(0, 200)
                    .flatMap(index -> enter(gate, inside, most, dice).subscribeOn(Schedulers.parallel()), 200, 1)
                    .blockLast(SOON);
            // A cancelled entry returns its ticket in the background.
            Flux.interval(Duration.ofMillis(1))
                    .takeUntil(tick -> gate.held() == 0 && gate.waiting() == 0)
                    .blockLast(SOON);
            assertThat(most.get()).isBetween(1, limit);
            Flux.range(0, limit).concatMap(i -> gate.ticket().admitted()).blockLast(SOON);
            assertThat(gate.held()).isEqualTo(limit);
        }
    }

    private static Mono<Boolean> enter(Gate gate, AtomicInteger inside, AtomicInteger most, Random dice) {
        Duration work = Duration.ofNanos(dice.nextInt(300_000));
        // Those who may be cancelled are not counted: their work may still run for a moment when the ticket is back.
        boolean cancelled = dice.nextInt(3) == 0;
        Runnable count = cancelled ? () -> {} : () -> most.accumulateAndGet(inside.incrementAndGet(), Math::max);
        Runnable uncount = cancelled ? () -> {} : inside::decrementAndGet;
        Mono<Boolean> entry = Mono.usingWhen(
                Mono.fromSupplier(gate::ticket),
                ticket -> ticket.admitted()
                        .then(Mono.fromRunnable(count))
                        .then(Mono.delay(work))
                        .then(Mono.fromRunnable(uncount))
                        .thenReturn(true),
                ticket -> Mono.fromRunnable(ticket::release));
        return cancelled ? entry.timeout(Duration.ofNanos(dice.nextInt(2_000_000)), Mono.just(false)) : entry;
    }
}
