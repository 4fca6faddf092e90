/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import io.sandflock.Engine;
import io.sandflock.ExecEvent;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.SampleResult;
import io.sandflock.SandboxSpec;
import io.sandflock.Stage;
import io.sandflock.engine.Sandflock;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.daytona.EventLoops;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Runs one scenario in this process against a platform in another one. Blocks. */
final class LoadRun {

    private static final Duration DEADLINE = Duration.ofMinutes(15);
    private static final Duration CLOSE = Duration.ofMinutes(7);
    private static final double MIB = 1 << 20;

    private final Scenario scenario;
    private final Map<String, Object> figures = new LinkedHashMap<>();

    private LoadRun(Scenario scenario) {
        this.scenario = scenario;
    }

    /** The figures, in the order in which they are read. */
    static Map<String, Object> measure(Scenario scenario) throws IOException {
        return new LoadRun(scenario).measure();
    }

    private Map<String, Object> measure() throws IOException {
        figures.put("samples", scenario.samples());
        figures.put("at once", scenario.atOnce());
        try (PlatformProcess process = PlatformProcess.start(scenario.model())) {
            DaytonaPlatform platform =
                    DaytonaPlatform.create(DaytonaSettings.of(process.key()).withUrl(process.url()));
            Engine engine = Sandflock.on(platform).build();
            try {
                if (scenario.warmUp() > 0) {
                    run(engine, new Watch(scenario.warmUp(), null));
                }
                run(engine, platform, process);
            } finally {
                engine.closeLater().block(CLOSE);
            }
            PlatformProcess.Counters end = process.counters();
            figures.put("created", end.created());
            figures.put("deleted", end.deleted());
            figures.put("left", end.live());
        }
        own();
        return figures;
    }

    private void run(Engine engine, DaytonaPlatform platform, PlatformProcess process) throws IOException {
        PlatformProcess.Counters before = process.counters();
        Watch watch = new Watch(scenario.samples(), process);
        long cpu = Figures.cpuNanos();
        try (LagProbe lag = new LagProbe(EventLoops.of(platform))) {
            run(engine, watch);
            cpu = Figures.cpuNanos() - cpu;
            PlatformProcess.Counters after = process.counters();
            double seconds = (watch.ended - watch.started) / 1e9;
            figures.put("seconds", round(seconds));
            figures.put("samples/s", round(scenario.samples() / seconds));
            figures.put("CPU ms/sample", round(cpu / 1e6 / scenario.samples()));
            figures.put(
                    "platform's CPU ms/sample",
                    round((after.cpuNanos() - before.cpuNanos()) / 1e6 / scenario.samples()));
            figures.put("requests/sample", round((double) (after.requests() - before.requests()) / scenario.samples()));
            watch.report(figures);
            if (scenario.model().createsPerWindow() > 0) {
                storm(watch, after.creates() - before.creates(), after.created() - before.created());
            }
            double[] lags = lag.millis();
            figures.put("loop lag p50 ms", round(Figures.percentile(lags, 0.5)));
            figures.put("loop lag p99 ms", round(Figures.percentile(lags, 0.99)));
            figures.put("live heap after, MiB", round(Figures.liveHeapBytes() / MIB));
            figures.put("most RSS MiB", round(Figures.statusBytes("VmHWM") / MIB));
        }
    }

    private void run(Engine engine, Watch watch) {
        RunSpec spec = new RunSpec(
                "load",
                samples(watch.samples),
                watch.task,
                scenario.services() ? Services.spec() : SandboxSpec.defaultSnapshot(),
                Map.of(),
                1,
                RunSpec.Limits.defaults().withMaxSandboxes(scenario.atOnce()),
                true,
                Optional.empty(),
                Map.of());
        watch.started = System.nanoTime();
        engine.run(spec).doOnNext(watch::event).blockLast(DEADLINE);
    }

    private static List<Sample> samples(int number) {
        return IntStream.range(0, number)
                .mapToObj(index -> Sample.of(Integer.toString(index), ""))
                .toList();
    }

    /** Of the whole windows since the first create, so that neither a run's first moment nor its last flatters it. */
    private void storm(Watch watch, long asked, long created) {
        double window = scenario.model().window().toNanos();
        long[] times = IntStream.range(0, watch.samples)
                .mapToLong(watch.task::begun)
                .filter(time -> time != 0)
                .sorted()
                .toArray();
        int windows = (int) ((times[times.length - 1] - times[0]) / window);
        double end = times[0] + windows * window;
        long within = java.util.Arrays.stream(times).filter(time -> time < end).count();
        figures.put(
                "offered, times the limit",
                round((double) scenario.atOnce() / scenario.model().createsPerWindow()));
        figures.put(
                "share of the limit used %",
                windows == 0
                        ? Double.NaN
                        : round(100.0 * within / windows / scenario.model().createsPerWindow()));
        figures.put("creates refused", asked - created);
        figures.put("creates refused %", round(100.0 * (asked - created) / asked));
        figures.put("longest wave, creates in 100 ms", wave(times));
        figures.put(
                "longest pause between creates s",
                round(IntStream.range(1, times.length)
                                .mapToLong(index -> times[index] - times[index - 1])
                                .max()
                                .orElse(0)
                        / 1e9));
        int[] seconds = new int[(int) ((times[times.length - 1] - times[0]) / 1_000_000_000L) + 1];
        for (long time : times) {
            seconds[(int) ((time - times[0]) / 1_000_000_000L)]++;
        }
        figures.put("creates in each second", IntStream.of(seconds).boxed().toList());
    }

    /** The most of these, in order, that lie within 100 ms. */
    private static int wave(long[] times) {
        int most = 0;
        int first = 0;
        for (int last = 0; last < times.length; last++) {
            while (times[last] - times[first] > 100_000_000L) {
                first++;
            }
            most = Math.max(most, last - first + 1);
        }
        return most;
    }

    /** The harness's own part of the CPU: the same task and the same listener, and nothing between them. */
    private void own() {
        int samples = Math.max(1_000, Math.min(scenario.samples(), 20_000));
        Scenario alone = new Scenario(
                scenario.name(),
                scenario.claim(),
                samples,
                1,
                0,
                scenario.model(),
                scenario.command(),
                false,
                scenario.heap());
        for (int round = 0; round < 2; round++) {
            Watch watch = new Watch(alone, samples, null);
            long cpu = Figures.cpuNanos();
            Flux.fromIterable(samples(samples))
                    .concatMap(
                            sample -> watch.task
                                    .work(
                                            Integer.parseInt(sample.id()),
                                            sample.id(),
                                            request -> Flux.just(
                                                    new ExecEvent.Stdout(new byte[64]), new ExecEvent.Exited(0)))
                                    .map(outcome -> new SampleResult(
                                            sample.id(),
                                            1,
                                            outcome,
                                            Map.of(Stage.CREATE, Duration.ZERO),
                                            java.util.OptionalInt.empty(),
                                            List.of(),
                                            0,
                                            Duration.ZERO,
                                            java.time.Instant.EPOCH)),
                            1)
                    .doOnNext(result -> watch.event(new RunEvent.Finished(result)))
                    .blockLast(DEADLINE);
            figures.put("harness's own CPU ms/sample", round((Figures.cpuNanos() - cpu) / 1e6 / samples));
        }
    }

    private static double round(double value) {
        return Double.isNaN(value) ? value : Math.round(value * 1_000) / 1_000.0;
    }

    /** Sees what happens in one run. */
    private final class Watch {

        final int samples;
        final LoadTask task;
        private final @Nullable PlatformProcess process;
        private final long[] createNanos;
        private final AtomicInteger scored = new AtomicInteger();
        private final Map<String, Integer> failures = new java.util.concurrent.ConcurrentHashMap<>();
        private int pauses = 0;
        private int retries = 0;
        volatile long started = 0;
        volatile long ended = 0;
        private volatile long allAt = 0;
        private volatile long releasedAt = 0;
        private volatile double heldHeap = Double.NaN;
        private volatile double streamingHeap = Double.NaN;
        private volatile int streamingNow = 0;
        private final AtomicInteger ends = new AtomicInteger();
        private volatile double heldRss = Double.NaN;

        Watch(int samples, @Nullable PlatformProcess process) {
            this(scenario, samples, process);
        }

        Watch(Scenario of, int samples, @Nullable PlatformProcess process) {
            this.samples = samples;
            this.process = process;
            this.task = new LoadTask(
                    of,
                    samples,
                    of.together() ? this::together : () -> {},
                    of.streamTogether() ? this::streaming : () -> {});
            this.createNanos = new long[samples];
        }

        void event(RunEvent event) {
            if (event instanceof RunEvent.Finished finished) {
                SampleResult result = finished.result();
                ends.incrementAndGet();
                createNanos[Integer.parseInt(result.sampleId())] = result.stages()
                        .getOrDefault(Stage.CREATE, Duration.ZERO)
                        .toNanos();
                if (result.outcome().label().equals("scored")) {
                    scored.incrementAndGet();
                } else {
                    failures.merge(
                            result.outcome().label() + ": " + result.outcome().message(), 1, Integer::sum);
                    // Who waits for all of them would wait for ever.
                    task.release();
                }
                if (scenario.samples() == 1 && process != null) {
                    requestsSoFar(result);
                }
            } else if (event instanceof RunEvent.RateLimited) {
                pauses++;
            } else if (event instanceof RunEvent.Retrying) {
                retries++;
            } else if (event instanceof RunEvent.Ended) {
                ended = System.nanoTime();
            }
        }

        /** The delete is one of them, and came after the output. */
        private void requestsSoFar(SampleResult result) {
            figures.put("requests to the first byte", result.requests() - 1);
        }

        /** All of them print, and none has ended if the machine is quick enough. */
        void streaming() {
            streamingHeap = Figures.liveHeapBytes() / MIB;
            streamingNow = samples - ends.get();
        }

        /** All of them are there, on whatever thread the last one came. */
        void together() {
            allAt = System.nanoTime();
            heldHeap = Figures.liveHeapBytes() / MIB;
            try {
                heldRss = Figures.statusBytes("VmRSS") / MIB;
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            releasedAt = System.nanoTime();
            task.release();
        }

        void report(Map<String, Object> figures) {
            figures.put("most at once", task.mostAtOnce());
            figures.put("lost", samples - scored.get());
            if (!failures.isEmpty()) {
                figures.put("failures", Map.copyOf(failures));
            }
            figures.put("retries", retries);
            figures.put("pauses", pauses);
            if (allAt != 0) {
                figures.put("all live after s", round((allAt - started) / 1e9));
                figures.put("live heap with all live, MiB", round(heldHeap));
                figures.put("RSS with all live, MiB", round(heldRss));
                figures.put("all released after s", round((ended - releasedAt) / 1e9));
            }
            if (!Double.isNaN(streamingHeap)) {
                figures.put("streaming at once", streamingNow);
                figures.put("live heap while all stream, MiB", round(streamingHeap));
            }
            double[] times = IntStream.range(0, samples)
                    .filter(task::hasOutput)
                    .mapToDouble(index ->
                            (createNanos[index] + task.commandTime(index).toNanos()) / 1e6)
                    .toArray();
            if (times.length > 0) {
                double[] overhead = IntStream.range(0, samples)
                        .filter(task::hasOutput)
                        .mapToDouble(index -> (createNanos[index]
                                        + task.commandTime(index)
                                                .minus(task.least(index))
                                                .toNanos())
                                / 1e6)
                        .toArray();
                figures.put("create to first byte p50 ms", round(Figures.percentile(times, 0.5)));
                figures.put("create to first byte p99 ms", round(Figures.percentile(times, 0.99)));
                double[] commands = IntStream.range(0, samples)
                        .filter(task::hasOutput)
                        .mapToDouble(index -> task.commandTime(index).toNanos() / 1e6)
                        .toArray();
                figures.put("command to first byte p50 ms", round(Figures.percentile(commands, 0.5)));
                figures.put("command to first byte p99 ms", round(Figures.percentile(commands, 0.99)));
                figures.put("overhead p50 ms", round(Figures.percentile(overhead, 0.5)));
                figures.put("overhead p99 ms", round(Figures.percentile(overhead, 0.99)));
            }
        }
    }
}
