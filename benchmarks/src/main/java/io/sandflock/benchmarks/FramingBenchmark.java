/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks;

import io.sandflock.engine.frame.ExecCall;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecutionId;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.frame.ReplyText;
import io.sandflock.engine.platform.CommandText;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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

/** What it costs to say a command to a sandbox and to understand its answer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FramingBenchmark {

    /** Bytes of standard output in the answer. */
    @Param({"0", "4096", "1048576"})
    public int output;

    private final ExecutionId id = new ExecutionId("benchmark1", 1);
    private ExecCall call = call();
    private String replyText = "";

    /** Random output: nothing that a shortcut could be taken for. */
    @Setup
    public void fill() {
        byte[] bytes = new byte[output];
        new Random(42).nextBytes(bytes);
        ExecReply.Chunk stdout = output == 0 ? ExecReply.Chunk.NONE : new ExecReply.Chunk(output, 0, bytes);
        ExecReply reply = new ExecReply(
                id, ExecReply.Status.DONE, true, ExecReply.Ending.EXITED, 0, 12, stdout, ExecReply.Chunk.NONE);
        replyText = ReplyText.encode(reply);
        call = call();
    }

    /** The program's text for one command. */
    @Benchmark
    public CommandText encodeProgram() {
        return ProgramText.encode(call);
    }

    /** The answer of one command. */
    @Benchmark
    public Optional<ExecReply> decodeReply() {
        return ReplyText.decode(replyText, id);
    }

    private ExecCall call() {
        ExecCall.Start start = new ExecCall.Start(
                List.of("python3", "solution.py"),
                List.of("LANG=C.UTF-8"),
                Optional.empty(),
                Optional.empty(),
                new ExecCall.Stdin.None(),
                60_000,
                List.of(),
                Optional.empty());
        return new ExecCall(
                id,
                ExecCall.Operation.START,
                ExecCall.Answer.atEnd(Duration.ofSeconds(20), 10L << 20, 1 << 20),
                Optional.of(start),
                List.of(),
                List.of());
    }
}
