/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.Sample;
import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.lease.IntentLog.Transition;
import io.sandflock.engine.limit.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Flux;

/** What the journal costs a sample, on the disk of the temporary folder, and what it costs to read it back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class JournalBenchmark {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int MANY = 1_000;
    private static final int LINES = 10_000;

    private final Job job = new Job(Sample.of("sample", ""), 1, Past.NONE);
    private final Time time = Time.system();
    private Path folder = Path.of("");
    private Path written = Path.of("");
    private RunWriter writer = new RunWriter(folder, time.scheduler());
    private IntentLog log = IntentLog.NONE;

    /** Ten thousand lines to be read, and a file of its own for what is written in this iteration. */
    @Setup(Level.Iteration)
    public void open() throws IOException {
        folder = Files.createTempDirectory("journal");
        written = folder.resolve("read.ndjson");
        writer = new RunWriter(folder, time.scheduler());
        Journal journal = new Journal(writer, writer.appendTo(written), time);
        Flux.range(0, LINES / 4)
                .concatMap(index -> sample(journal.of(job, () -> 1), "inspect-read-" + index), 1)
                .blockLast(PATIENCE);
        writer.close().block(PATIENCE);
        writer = new RunWriter(folder, time.scheduler());
        log = new Journal(writer, writer.appendTo(folder.resolve("journal.ndjson")), time).of(job, () -> 1);
    }

    /** Closes and removes the files. */
    @TearDown(Level.Iteration)
    public void close() throws IOException {
        writer.close().block(PATIENCE);
        Files.deleteIfExists(folder.resolve("journal.ndjson"));
        Files.delete(written);
        Files.delete(folder);
    }

    private static Flux<Void> sample(IntentLog log, String name) {
        log.transition(name, Transition.CREATED, "d0f5a1c2-" + name);
        log.transition(name, Transition.DELETED, "d0f5a1c2-" + name);
        return log.started(name, "d0f5a1c2-" + name).thenMany(Flux.defer(() -> {
            log.transition(name, Transition.UNKNOWN, "");
            return Flux.empty();
        }));
    }

    /** An intent that is alone: one sync of the disk. */
    @Benchmark
    public void intentAlone() {
        log.intent("inspect-eval-sample-0123abcd", Map.of()).block(PATIENCE);
    }

    /** An intent of a thousand that are under way together: they share their syncs. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public void intentOfAThousand() {
        Flux.range(0, MANY)
                .flatMap(index -> log.intent("inspect-eval-sample-" + index, Map.of()), MANY, 1)
                .blockLast(PATIENCE);
    }

    /** A transition, which nobody waits for; of a thousand, and then one that is waited for. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public void transitionOfAThousand() {
        for (int i = 0; i < MANY; i++) {
            log.transition("inspect-eval-sample-0123abcd", Transition.CREATED, "d0f5a1c2");
        }
        log.started("inspect-eval-sample-0123abcd", "d0f5a1c2").block(PATIENCE);
    }

    /** A line of ten thousand that are read back and followed. */
    @Benchmark
    @OperationsPerInvocation(LINES)
    public Object readBack() throws IOException {
        return JournalReader.open(written);
    }
}
