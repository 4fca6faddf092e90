/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks;

import io.sandflock.engine.limit.Gate;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.limit.Vacancy;
import io.sandflock.engine.platform.RateReading;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Mono;

/** What a sample's way through the limits costs: none of them waits. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LimitBenchmark {

    /** How many wait at the gate while one goes through. */
    @Param({"0", "10000"})
    public int waiting;

    private final Time time = Time.system();
    private final Pacer unlimited = new Pacer("create", OptionalInt.empty(), time);
    private final Pacer limited = new Pacer("create", RateReading.Budget.CREATE, OptionalInt.empty(), time);
    private final Vacancy vacancy = new Vacancy(time);
    private Gate gate = new Gate(1);
    private final ArrayDeque<Gate.Ticket> line = new ArrayDeque<>();

    /** One holds the only permit, and the others stand in line. */
    @Setup
    public void queue() {
        limited.expect(new RateReading.Rate(1_000_000_000, Duration.ofSeconds(1)));
        gate = new Gate(1);
        line.clear();
        for (int i = 0; i <= waiting; i++) {
            join();
        }
    }

    private void join() {
        Gate.Ticket ticket = gate.ticket();
        ticket.admitted().subscribe();
        line.addLast(ticket);
    }

    /** One leaves, the next gets its permit, another one joins the line. */
    @Benchmark
    public Object gate() {
        join();
        Gate.Ticket first = line.removeFirst();
        first.release();
        return first;
    }

    /** The last in line gives up, and another one joins. */
    @Benchmark
    public Object leaveTheLine() {
        join();
        Gate.Ticket last = line.removeLast();
        last.release();
        return last;
    }

    /** A call under a budget that the platform does not limit. */
    @Benchmark
    public Object paceUnlimited() {
        return Mono.from(unlimited.pace(Mono.just(1))).subscribe();
    }

    /** A call under a budget whose window has room. */
    @Benchmark
    public Object paceInWindow() {
        return Mono.from(limited.pace(Mono.just(1))).subscribe();
    }

    /** The question for room while there is some. */
    @Benchmark
    public Object room() {
        return vacancy.turn().subscribe();
    }
}
