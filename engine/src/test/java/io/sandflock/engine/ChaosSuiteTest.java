/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Engine;
import io.sandflock.RunEvent;
import io.sandflock.engine.ChaosSite.Weather;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Runs under a schedule of faults that follows from a seed, and that are broken off in every way there is. After each, whatever
 * happened: one outcome for each sample, no command twice in a sandbox, no sandbox left and nobody else's touched, never more than
 * allowed, and a journal that agrees with the results.
 *
 * <p>A short form runs with the other tests; {@code -Dsandflock.chaos.seeds=200 -Dsandflock.chaos.samples=50} is the long one, and
 * {@code -Dsandflock.chaos.seed=N} with {@code seeds=1} repeats a schedule.
 */
class ChaosSuiteTest {

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final String FOREIGN = "somebody-elses";

    /** How a run comes to its first end. */
    private enum Break {
        /** By itself. */
        NOT_AT_ALL,
        /** Its listener leaves. */
        CANCELLED,
        /** Its engine is closed. */
        CLOSED,
        /** The platform ends under it, with every sandbox, and begins again. */
        PLATFORM_RESTARTED,
        /** SIGTERM to its process. */
        TERMINATED,
        /** {@code kill -9} to its process, twice, and a third time after it was resumed. */
        KILLED
    }

    /** Those after which nothing is left, also when nobody goes on. */
    private static final Set<Break> GRACEFUL = EnumSet.of(Break.CANCELLED, Break.CLOSED, Break.TERMINATED);

    private record Schedule(long seed, Break how, Weather weather, String eval, int samples, int breakAfter) {

        static Schedule of(long seed, int samples) {
            SplittableRandom dice = new SplittableRandom(seed);
            Break[] all = Break.values();
            // Each in turn, so that few seeds have all of them.
            Break how = all[Math.floorMod(seed, all.length)];
            Weather weather = new Weather(
                    List.of(0.0, 0.3, 0.6, 1.0).get(dice.nextInt(4)),
                    dice.nextInt(3) == 0 ? 15 : 0,
                    dice.nextInt(3) == 0,
                    dice.nextInt(3) == 0 ? 3 : 0);
            // Creates that are carried out late are only thrown at names that are not counted.
            return new Schedule(
                    seed, how, weather, dice.nextBoolean() ? "whole" : "late", samples, 1 + dice.nextInt(samples / 2));
        }
    }

    @TempDir
    private Path temp;

    private final Map<String, Integer> faults = new TreeMap<>();
    private final List<String> violations = new ArrayList<>();
    private int kills = 0;

    @Test
    @Timeout(7_200)
    void whateverHappensEachSampleHasOneOutcomeAndNothingIsLeft() throws IOException, InterruptedException {
        int seeds = Integer.getInteger("sandflock.chaos.seeds", Break.values().length);
        int samples = Integer.getInteger("sandflock.chaos.samples", 24);
        long first = Long.getLong("sandflock.chaos.seed", System.nanoTime() & 0xffffff);
        System.out.println("chaos suite: seeds from " + first);
        System.out.printf(
                Locale.ROOT,
                "%9s  %-18s  %-5s  %9s  %6s  %6s  %7s  %6s  %6s  %5s  %s%n",
                "seed",
                "broken off",
                "eval",
                "intensity",
                "429/s",
                "denied",
                "created",
                "most",
                "faults",
                "s",
                "outcomes");
        for (int index = 0; index < seeds; index++) {
            weather(Schedule.of(first + index, samples), temp.resolve("run" + index));
        }
        faults.forEach((name, count) -> System.out.printf(Locale.ROOT, "%8d  %s%n", count, name));
        System.out.println("chaos suite: " + seeds + " seeds, " + seeds * samples + " samples, " + kills + " kill -9, "
                + violations.size() + " violations");
        assertThat(violations).isEmpty();
    }

    private void weather(Schedule schedule, Path folder) throws IOException, InterruptedException {
        long start = System.nanoTime();
        ChaosVerdict verdict = new ChaosVerdict();
        try (ChaosSite site = new ChaosSite(schedule.seed(), schedule.weather())) {
            boolean restarted = schedule.how() == Break.PLATFORM_RESTARTED;
            String foreign = foreign(site);
            try (SandboxWatch watch =
                    SandboxWatch.of(site.server(), name -> name.startsWith(FaultDice.COUNTED), site::isLate)) {
                ChaosRun run = new ChaosRun(
                        site.url(), site.key(), folder, schedule.eval(), schedule.samples(), schedule.seed());
                List<String> scored = broken(schedule, run, site);
                if (GRACEFUL.contains(schedule.how()) && site.settled(1) != 1) {
                    // Before it is resumed: that would remove them.
                    verdict.check(false, "sandboxes are left by a run that was broken off: " + left(site));
                }
                finish(run);
                verdict.check(
                        new HashSet<>(results(folder)).containsAll(scored),
                        "a result with a score was lost or made again");
                verdict.folder(folder, schedule.samples());
                if (site.settled(restarted ? 0 : 1) != (restarted ? 0 : 1)) {
                    verdict.check(false, "sandboxes are left: " + left(site));
                }
                verdict.check(restarted || isThere(site, foreign), "somebody else's sandbox was touched");
                site.commandsTwice().forEach(command -> verdict.check(false, "run twice: " + command));
                if (!restarted) {
                    verdict.check(watch.isConnected(), "the watch was cut off");
                    watch.createdTwice().stream()
                            // A sample starts anew while the sandbox that its killed process left is being deleted.
                            .filter(name -> schedule.how() != Break.KILLED || !name.contains(" beside "))
                            .forEach(name -> verdict.check(false, name));
                    verdict.check(
                            watch.most() <= ChaosRun.MAX_SANDBOXES,
                            watch.most() + " sandboxes at once of " + ChaosRun.MAX_SANDBOXES + ": " + watch.atMost());
                }
                report(schedule, verdict, site, watch, start);
            }
        } catch (RuntimeException | AssertionError e) {
            verdict.check(false, e.toString());
        }
        verdict.violations()
                .forEach(text -> violations.add("seed " + schedule.seed() + " (" + schedule.how() + "): " + text));
        verdict.violations().forEach(text -> System.out.println("VIOLATION " + text));
    }

    private void report(Schedule schedule, ChaosVerdict verdict, ChaosSite site, SandboxWatch watch, long start) {
        Map<String, Integer> thrown = site.faults();
        thrown.forEach((name, count) -> faults.merge(name, count, Integer::sum));
        System.out.printf(
                Locale.ROOT,
                "%9d  %-18s  %-5s  %9.1f  %6d  %6s  %7d  %6d  %6d  %5.1f  %s%n",
                schedule.seed(),
                schedule.how().name().toLowerCase(Locale.ROOT),
                schedule.eval(),
                schedule.weather().intensity(),
                schedule.weather().createsPerSecond(),
                schedule.weather().denied() ? "yes" : "no",
                watch.created(),
                watch.most(),
                thrown.values().stream().mapToInt(Integer::intValue).sum(),
                (System.nanoTime() - start) / 1e9,
                verdict.outcomes());
    }

    /** Has the run come to its first end. Returns the results that must stay. */
    private List<String> broken(Schedule schedule, ChaosRun run, ChaosSite site)
            throws IOException, InterruptedException {
        switch (schedule.how()) {
            case NOT_AT_ALL -> {
                // finish() begins it.
            }
            case CANCELLED ->
                inside(
                        run,
                        (engine, until) ->
                                run.events(engine, false).takeUntilOther(until).blockLast(PATIENCE),
                        schedule);
            case CLOSED ->
                inside(
                        run,
                        (engine, until) -> Mono.when(
                                        run.events(engine, false).then(), until.then(Mono.defer(engine::closeLater)))
                                .block(PATIENCE),
                        schedule);
            case PLATFORM_RESTARTED ->
                inside(
                        run,
                        (engine, until) -> Mono.when(
                                        run.events(engine, false).then(),
                                        until.then(Mono.fromRunnable(site::restart)
                                                .subscribeOn(reactor.core.scheduler.Schedulers.boundedElastic())))
                                .block(PATIENCE),
                        schedule);
            case TERMINATED -> child(run, schedule.breakAfter(), "TERM");
            case KILLED -> {
                child(run, schedule.breakAfter(), "KILL");
                List<String> scored = scored(run.folder());
                child(run, Math.min(schedule.samples() - 1, scored.size() + 2), "KILL");
                assertThat(results(run.folder())).containsAll(scored);
                kills += 2;
            }
        }
        return scored(run.folder());
    }

    @FunctionalInterface
    private interface Inside {

        void run(Engine engine, Mono<Void> until);
    }

    private static void inside(ChaosRun run, Inside work, Schedule schedule) {
        Engine engine = run.engine();
        Mono<Void> until = Mono.fromSupplier(() -> results(run.folder()).size() >= schedule.breakAfter())
                .subscribeOn(reactor.core.scheduler.Schedulers.boundedElastic())
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(10)))
                .takeUntil(reached -> reached)
                .then();
        try {
            work.run(engine, until);
        } finally {
            engine.closeLater().block(PATIENCE);
        }
    }

    /** In a process of its own, until so many results are there. */
    private static void child(ChaosRun run, int results, String signal) throws IOException, InterruptedException {
        Path log = Files.createTempFile("chaos", ".log");
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ChaosRun.class.getName(),
                        run.url().toString(),
                        run.folder().toString(),
                        run.eval(),
                        Integer.toString(run.samples()),
                        Long.toString(run.seed()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            try (var key = child.getOutputStream()) {
                key.write(run.key().getBytes(StandardCharsets.UTF_8));
            }
            await(() -> results(run.folder()).size() >= results || !child.isAlive());
            new ProcessBuilder("kill", "-" + signal, Long.toString(child.pid()))
                    .start()
                    .waitFor();
            if (!child.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the process does not end: " + Files.readString(log));
            }
            assertThat(Files.readString(log)).doesNotContain("Exception in thread");
        } finally {
            child.destroyForcibly();
            Files.deleteIfExists(log);
        }
    }

    /** To the end, in this process; what has no score after it has none for good. */
    private static void finish(ChaosRun run) {
        Engine engine = run.engine();
        try {
            boolean resumed = Files.exists(run.folder().resolve("run.json"));
            RunEvent last = run.events(engine, resumed).blockLast(PATIENCE);
            assertThat(last).isInstanceOf(RunEvent.Ended.class);
        } finally {
            engine.closeLater().block(PATIENCE);
        }
    }

    private static void await(BooleanSupplier condition) {
        Boolean met = Mono.fromSupplier(condition::getAsBoolean)
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(5)))
                .takeUntil(done -> done)
                .last()
                .timeout(PATIENCE, Mono.just(false))
                .block();
        assertThat(met).isTrue();
    }

    /** Whole lines. */
    private static List<String> results(Path folder) {
        try {
            String text = Files.readString(folder.resolve("results.ndjson"));
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static List<String> scored(Path folder) {
        return results(folder).stream()
                .filter(line -> List.of("scored", "task_failed", "timed_out").stream()
                        .anyMatch(outcome -> line.contains("\"outcome\":\"" + outcome + "\"")))
                .toList();
    }

    /** A sandbox of another owner's. */
    private static String foreign(ChaosSite site) {
        return Mono.usingWhen(
                        Mono.fromSupplier(() -> platform(site)),
                        platform -> platform.sandboxes()
                                .create(new CreateSandbox(
                                        FOREIGN,
                                        new CreateSandbox.Source.Snapshot(null),
                                        Optional.empty(),
                                        Map.of(),
                                        Map.of("created_by", "inspect-ai", "sandflock_owner", "another"),
                                        false,
                                        Optional.empty(),
                                        false,
                                        Optional.empty(),
                                        CreateSandbox.Resources.DEFAULT,
                                        CreateSandbox.Intervals.DEFAULT))
                                .onErrorResume(lost -> platform.sandboxes().get(FOREIGN))
                                .retryWhen(throughFaults()),
                        Platform::closeLater)
                .map(sandbox -> sandbox.name())
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    /** Not all at once: a rate limit outlasts twenty refusals in a row. */
    private static Retry throughFaults() {
        return Retry.backoff(20, Duration.ofMillis(20)).maxBackoff(Duration.ofMillis(500));
    }

    private static List<String> left(ChaosSite site) {
        return Mono.usingWhen(
                        Mono.fromSupplier(() -> platform(site)),
                        platform -> platform.sandboxes()
                                .list(Map.of())
                                .filter(sandbox -> !sandbox.name().equals(FOREIGN))
                                .map(sandbox -> sandbox.name() + " " + sandbox.state() + site.told(sandbox.name()))
                                .collectList()
                                .retryWhen(throughFaults()),
                        Platform::closeLater)
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    private static boolean isThere(ChaosSite site, String name) {
        return Boolean.TRUE.equals(Mono.usingWhen(
                        Mono.fromSupplier(() -> platform(site)),
                        platform -> platform.sandboxes()
                                .get(name)
                                .retryWhen(throughFaults())
                                .hasElement(),
                        Platform::closeLater)
                .onErrorReturn(false)
                .block(PATIENCE));
    }

    private static Platform platform(ChaosSite site) {
        return DaytonaPlatform.create(
                DaytonaSettings.of(io.sandflock.Secret.of(site.key())).withUrl(site.url()));
    }
}
