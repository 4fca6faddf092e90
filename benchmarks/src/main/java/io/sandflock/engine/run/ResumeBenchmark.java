/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.Outcome;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SampleResult;
import io.sandflock.Score;
import io.sandflock.Stage;
import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.lease.IntentLog.Transition;
import io.sandflock.engine.limit.Time;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What a resumed run decides before its first request: the folder of a run of which half is done, read and checked, in a JVM that did
 * nothing before.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(5)
public class ResumeBenchmark {

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Samples of the run; half of them have a result. */
    @Param({"20000"})
    int samples = 20_000;

    private Path folder = Path.of("");
    private RunSpec spec = RunSpec.of("none", List.of(), context -> Mono.empty());
    private RunHead head = new RunHead("0", Instant.EPOCH, URI.create("http://127.0.0.1:1/api"), "1", "1");

    /** Writes the folder as a run does. */
    @Setup
    public void write() throws IOException {
        folder = Files.createTempDirectory("resume");
        String input = "x".repeat(1_000);
        List<Sample> all = IntStream.range(0, samples)
                .mapToObj(index ->
                        new Sample("sample/" + index, input, List.of("y"), Map.of("n", index), Optional.empty()))
                .toList();
        spec = RunSpec.of("resume", all, context -> Mono.empty()).withFolder(folder.resolve("run"));
        RunRecord record = RunRecord.open(head, spec, Time.system())
                .blockOptional(PATIENCE)
                .orElseThrow();
        Flux.range(0, samples / 2)
                .flatMap(index -> sample(record, new Job(all.get(index), 1, Past.NONE)), 500, 1)
                .blockLast(PATIENCE);
        record.abandon().block(PATIENCE);
    }

    private static Mono<Void> sample(RunRecord record, Job job) {
        IntentLog log = record.log().of(job, () -> 1);
        String name = "inspect-resume-" + job.sample().id().replace('/', '-') + "-0123abcd";
        SampleResult result = new SampleResult(
                job.sample().id(),
                1,
                new Outcome.Scored(Score.of(1)),
                Map.of(
                        Stage.QUEUE,
                        Duration.ofSeconds(9),
                        Stage.CREATE,
                        Duration.ofMillis(900),
                        Stage.COMMAND,
                        Duration.ofMillis(80)),
                OptionalInt.of(0),
                List.of(new SampleResult.Attempt(1, name, "")),
                4,
                Duration.ofSeconds(1),
                Instant.now());
        return log.intent(name, Map.of())
                .then(Mono.fromRunnable(() -> log.transition(name, Transition.CREATED, "d0f5a1c2-" + name)))
                .then(log.started(name, "d0f5a1c2-" + name))
                .then(Mono.fromRunnable(() -> log.transition(name, Transition.DELETED, "d0f5a1c2-" + name)))
                .then(record.keep(new Finished(result, Optional.empty())));
    }

    /** Reads it; returns how many samples stay. */
    @Benchmark
    public int decide() {
        Tally tally = new Tally();
        RunRecord record = RunRecord.reopen(head, spec, new JobOrder(spec), tally::add, Time.system())
                .blockOptional(PATIENCE)
                .orElseThrow();
        int finished = record.history().finished();
        record.abandon().block(PATIENCE);
        if (finished != samples / 2) {
            throw new IllegalStateException(finished + " samples stay of " + samples / 2);
        }
        return finished;
    }

    /** Removes the folder. */
    @TearDown
    public void remove() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
