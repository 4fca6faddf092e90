/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import io.sandflock.Engine;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.Sample;
import io.sandflock.engine.Sandflock;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Short samples for an hour: run after run in one engine, each with a folder, and each minute a look at what the two processes hold.
 * Says at the end whether the last ten minutes hold more than the first ten. Blocks.
 */
final class SoakRun {

    static final String NAME = "soak";
    static final String CLAIM = "an hour of short samples: flat heap, flat threads, flat file descriptors";
    static final String HEAP = "96m";

    private static final int MINUTES = 60;
    private static final int COMPARED = 10;
    private static final Duration RUN = Duration.ofMinutes(10);
    private static final double MIB = 1 << 20;

    /**
     * Connections are kept for who comes next, and each sample at once may have one: now more are open, now fewer. One that is lost in a
     * thousand samples would still be a hundred in an hour.
     */
    private static final int POOLED = 40;

    /** About 35 samples a second, which take a fifth of a core. */
    private static final Scenario LOAD = new Scenario(
            NAME,
            CLAIM,
            2_000,
            POOLED,
            0,
            PlatformModel.INSTANT
                    .creating(Duration.ofMillis(50), Duration.ofMillis(150))
                    .deletingIn(20),
            Optional.of(new Produce(800, 3, 512, 50)),
            false,
            HEAP);

    /** What is looked at, and how much more of it the last ten minutes may hold. */
    private record Held(String title, double noise, ToDoubleFunction<Look> figure) {

        static final List<Held> ALL = List.of(
                new Held("heap MiB", 1, look -> look.engine().heap() / MIB),
                new Held("threads", 1, look -> look.engine().threads()),
                new Held("descriptors", 4, look -> look.engine().descriptors()),
                new Held("sockets", POOLED, look -> look.engine().sockets()),
                new Held("platform's heap MiB", 1, look -> look.platform().heap() / MIB),
                new Held("platform's threads", 1, look -> look.platform().threads()),
                new Held("platform's descriptors", 4, look -> look.platform().descriptors()),
                new Held("platform's sockets", POOLED, look -> look.platform().sockets()));

        double[] of(List<Look> looks) {
            return looks.stream().mapToDouble(figure).toArray();
        }
    }

    private record Look(double minute, int samples, Vitals engine, Vitals platform) {}

    private final Scenario load;
    private final Duration every;
    private final int times;
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicInteger scored = new AtomicInteger();
    private final Map<String, Integer> failures = new TreeMap<>();
    private int runs = 0;

    private SoakRun(Scenario load, Duration every, int times) {
        this.load = load;
        this.every = every;
        this.times = times;
    }

    /** The figures, in the order in which they are read. A smoke run looks every 200 ms, six times. */
    static Map<String, Object> measure(HarnessOptions options) throws IOException, InterruptedException {
        return options.smoke()
                ? new SoakRun(LOAD.smoke(), Duration.ofMillis(200), 6).measure()
                : new SoakRun(
                                LOAD.of(LOAD.samples(), options.atOnce().orElse(LOAD.atOnce())),
                                Duration.ofMinutes(1),
                                options.minutes().orElse(MINUTES))
                        .measure();
    }

    private Map<String, Object> measure() throws IOException, InterruptedException {
        Map<String, Object> figures = new LinkedHashMap<>();
        Path folder = Files.createTempDirectory("sandflock-soak");
        try (PlatformProcess process = PlatformProcess.start(load.model())) {
            Engine engine = Sandflock.on(DaytonaPlatform.create(
                            DaytonaSettings.of(process.key()).withUrl(process.url())))
                    .build();
            long start = System.nanoTime();
            long cpu = Figures.cpuNanos();
            List<Look> looks;
            try {
                looks = looks(engine, process, folder, start);
            } finally {
                engine.closeLater().block(RUN);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            figures.put("minutes", round(seconds / 60));
            figures.put("runs", runs);
            figures.put("samples", finished.get());
            figures.put("samples/s", round(finished.get() / seconds));
            figures.put("cores used", round((Figures.cpuNanos() - cpu) / 1e9 / seconds));
            figures.put("lost", finished.get() - scored.get());
            if (!failures.isEmpty()) {
                figures.put("failures", Map.copyOf(failures));
            }
            PlatformProcess.Counters end = process.counters();
            figures.put("platform's cores used", round(end.cpuNanos() / 1e9 / seconds));
            figures.put("created", end.created());
            figures.put("deleted", end.deleted());
            figures.put("left", end.live());
            verdict(looks, figures);
        } finally {
            remove(folder);
        }
        return figures;
    }

    /** Runs one after the other on a thread of their own until this one has looked often enough. */
    private List<Look> looks(Engine engine, PlatformProcess process, Path folder, long start)
            throws IOException, InterruptedException {
        List<Look> looks = new ArrayList<>();
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService runner = Executors.newSingleThreadExecutor();
        try {
            Future<?> work = runner.submit(() -> {
                while (!over.get()) {
                    run(engine, folder.resolve("run" + runs));
                    runs++;
                }
            });
            System.out.printf(
                    Locale.ROOT,
                    "%7s %9s | %9s %9s %8s %12s %8s | %9s %9s %8s %12s %8s%n",
                    "minute",
                    "samples",
                    "heap MiB",
                    "RSS MiB",
                    "threads",
                    "descriptors",
                    "sockets",
                    "heap MiB",
                    "RSS MiB",
                    "threads",
                    "descriptors",
                    "sockets: engine | platform");
            for (int look = 1; look <= times; look++) {
                waitFor(work, start + look * every.toNanos() - System.nanoTime());
                looks.add(new Look((System.nanoTime() - start) / 60e9, finished.get(), Vitals.now(), process.vitals()));
                print(looks.get(look - 1));
            }
            over.set(true);
            waitFor(work, RUN.toNanos());
        } finally {
            runner.shutdownNow();
        }
        return looks;
    }

    /** A run that cannot go on ends the soak. */
    private static void waitFor(Future<?> work, long nanos) throws IOException, InterruptedException {
        try {
            work.get(Math.max(1, nanos), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // As long as it should.
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IOException("a run broke off", e.getCause());
        }
    }

    private void run(Engine engine, Path folder) {
        LoadTask task = new LoadTask(load, load.samples(), () -> {}, () -> {});
        RunSpec spec = RunSpec.of(
                        NAME,
                        IntStream.range(0, load.samples())
                                .mapToObj(index -> Sample.of(Integer.toString(index), ""))
                                .toList(),
                        task)
                .withLimits(RunSpec.Limits.defaults().withMaxSandboxes(load.atOnce()))
                .withFolder(folder);
        engine.run(spec).doOnNext(this::event).blockLast(RUN);
        remove(folder);
    }

    private void event(RunEvent event) {
        if (event instanceof RunEvent.Finished done) {
            finished.incrementAndGet();
            if (done.result().outcome().label().equals("scored")) {
                scored.incrementAndGet();
            } else {
                failures.merge(
                        done.result().outcome().label() + ": "
                                + done.result().outcome().message(),
                        1,
                        Integer::sum);
            }
        }
    }

    private static void print(Look look) {
        Vitals engine = look.engine();
        Vitals platform = look.platform();
        System.out.printf(
                Locale.ROOT,
                "%7.1f %,9d | %9.1f %9.1f %8d %12d %8d | %9.1f %9.1f %8d %12d %8d%n",
                look.minute(),
                look.samples(),
                engine.heap() / MIB,
                engine.rss() / MIB,
                engine.threads(),
                engine.descriptors(),
                engine.sockets(),
                platform.heap() / MIB,
                platform.rss() / MIB,
                platform.threads(),
                platform.descriptors(),
                platform.sockets());
    }

    /** Medians of the first ten looks and of the last ten; of halves, when there are fewer than twenty. */
    private void verdict(List<Look> looks, Map<String, Object> figures) {
        int compared = Math.min(COMPARED, looks.size() / 2);
        List<String> grown = new ArrayList<>();
        for (Held held : Held.ALL) {
            double[] all = held.of(looks);
            double first = Figures.percentile(Arrays.copyOf(all, compared), 0.5);
            double last = Figures.percentile(Arrays.copyOfRange(all, all.length - compared, all.length), 0.5);
            figures.put(held.title() + ", first " + compared, round(first));
            figures.put(held.title() + ", last " + compared, round(last));
            figures.put(
                    held.title() + ", all",
                    Arrays.stream(all).map(SoakRun::round).boxed().toList());
            if (last > first + held.noise()) {
                grown.add(held.title());
            }
        }
        figures.put("verdict", grown.isEmpty() ? "flat" : "grown: " + grown);
    }

    private static double round(double value) {
        return Math.round(value * 100) / 100.0;
    }

    private static void remove(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
