/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks;

import io.sandflock.Engine;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.SandboxRequest;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.Sandflock;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.Substrate;
import io.sandflock.engine.local.files.ShellMachineFiles;
import io.sandflock.engine.local.namespace.NamespaceOptions;
import io.sandflock.engine.local.namespace.NamespaceSubstrate;
import io.sandflock.engine.local.simulated.CommandScript;
import io.sandflock.engine.local.simulated.SimulatedOptions;
import io.sandflock.engine.local.simulated.SimulatedSubstrate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Sinks;

/**
 * From nothing to the first byte of a command's output, over the whole wire path on loopback. One sandbox at a time: the deletion of
 * the sandbox is not in the figure of {@link #createToFirstByte}.
 */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class StartUpBenchmark {

    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final ExecRequest HELLO = ExecRequest.of("echo", "hello");

    /** What the sandboxes run on. */
    @Param({"simulated", "namespace"})
    public String substrate = "simulated";

    private @Nullable LocalPlatform local;
    private @Nullable Engine engine;
    private final List<Engine> opened = new ArrayList<>();
    private Sinks.Empty<Void> enough = Sinks.empty();
    private CompletableFuture<?> released = CompletableFuture.completedFuture(null);

    /** A platform with an engine on it. */
    @Setup(Level.Trial)
    public void start() {
        local = Objects.requireNonNull(
                LocalPlatform.start(LocalOptions.of(substrate())).block(DEADLINE));
        engine = engine();
    }

    /** Everything is gone afterwards. */
    @TearDown(Level.Trial)
    public void stop() {
        Objects.requireNonNull(engine).closeLater().block(DEADLINE);
        Objects.requireNonNull(local).closeLater().block(DEADLINE);
    }

    /** Create request to the first byte of output. */
    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    @Fork(2)
    @Warmup(iterations = 3, time = 2)
    @Measurement(iterations = 5, time = 2)
    public byte[] createToFirstByte() {
        return firstByte(Objects.requireNonNull(engine));
    }

    /** As above, with an engine, its connections and its JVM that did nothing before. */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @Fork(10)
    @Warmup(iterations = 0)
    @Measurement(iterations = 1)
    public byte[] engineStartToFirstByteCold() {
        Engine fresh = engine();
        opened.add(fresh);
        return firstByte(fresh);
    }

    /** Deletes the sandbox of the last invocation, outside of the figure. */
    @TearDown(Level.Invocation)
    public void release() {
        enough.tryEmitEmpty();
        released.join();
        opened.forEach(other -> other.closeLater().block(DEADLINE));
        opened.clear();
    }

    private byte[] firstByte(Engine from) {
        CompletableFuture<byte[]> first = new CompletableFuture<>();
        Sinks.Empty<Void> done = Sinks.empty();
        enough = done;
        released = from.withSandbox(
                        SandboxRequest.of(SandboxSpec.defaultSnapshot()),
                        sandbox -> sandbox.environment()
                                .execStream(HELLO)
                                .ofType(ExecEvent.Stdout.class)
                                .doOnNext(chunk -> first.complete(chunk.bytes()))
                                .doOnTerminate(
                                        () -> first.completeExceptionally(new IllegalStateException("no output")))
                                .then(done.asMono()))
                .doOnError(first::completeExceptionally)
                .toFuture();
        return first.join();
    }

    private Engine engine() {
        LocalPlatform platform = Objects.requireNonNull(local);
        DaytonaSettings settings = DaytonaSettings.of(platform.key()).withUrl(platform.url());
        return Sandflock.on(DaytonaPlatform.create(settings)).build();
    }

    private Substrate substrate() {
        return substrate.equals("simulated")
                ? SimulatedSubstrate.of(SimulatedOptions.DEFAULT.withScript(CommandScript.prints("hello\n")))
                : NamespaceSubstrate.create(NamespaceOptions.defaults(ShellMachineFiles::new));
    }
}
