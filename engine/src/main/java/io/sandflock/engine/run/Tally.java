/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.ErrorCode;
import io.sandflock.Outcome;
import io.sandflock.RunSummary;
import io.sandflock.RunSummary.Percentiles;
import io.sandflock.SampleResult;
import io.sandflock.Stage;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts a run's results. Eight bytes for each sample and stage, so that percentiles are exact. Not thread-safe. */
final class Tally {

    private static final List<String> LABELS =
            List.of("scored", "task_failed", "timed_out", "infrastructure_failed", "cancelled");

    private final Map<String, Integer> outcomes = new LinkedHashMap<>();
    private final Map<ErrorCode, Integer> failures = new EnumMap<>(ErrorCode.class);
    private final Map<Stage, Durations> stages = new EnumMap<>(Stage.class);
    private double scores = 0;
    private int scored = 0;
    private int finished = 0;
    private long requests = 0;
    private int retries = 0;
    private Duration sandboxTime = Duration.ZERO;

    Tally() {
        LABELS.forEach(label -> outcomes.put(label, 0));
    }

    void add(SampleResult result) {
        Outcome outcome = result.outcome();
        outcomes.merge(outcome.label(), 1, Integer::sum);
        if (outcome instanceof Outcome.InfrastructureFailed failed) {
            failures.merge(failed.code(), 1, Integer::sum);
        }
        outcome.score().ifPresent(score -> {
            scores += score.value();
            scored++;
        });
        if (!(outcome instanceof Outcome.Cancelled)) {
            finish(result);
        }
        requests += result.requests();
        retries += Math.max(0, result.attempts().size() - 1);
        sandboxTime = sandboxTime.plus(result.sandboxTime());
    }

    /** What was cut off says nothing of how long it takes. */
    private void finish(SampleResult result) {
        finished++;
        result.stages()
                .forEach((stage, time) -> stages.computeIfAbsent(stage, ignored -> new Durations())
                        .add(time));
    }

    int infrastructureFailed() {
        return outcomes.getOrDefault("infrastructure_failed", 0);
    }

    RunSummary summary(String runId, int total, Duration duration, List<String> leftOver) {
        Map<Stage, Percentiles> percentiles = new EnumMap<>(Stage.class);
        stages.forEach((stage, times) -> percentiles.put(stage, times.percentiles()));
        double seconds = duration.toNanos() / 1e9;
        return new RunSummary(
                runId,
                total,
                Map.copyOf(outcomes),
                scored == 0 ? Double.NaN : scores / scored,
                duration,
                seconds == 0 ? 0 : finished / seconds,
                percentiles,
                Map.copyOf(failures),
                requests,
                retries,
                sandboxTime.toNanos() / 1e9,
                List.copyOf(leftOver));
    }

    private static final class Durations {

        private long[] nanos = new long[64];
        private int size = 0;

        void add(Duration time) {
            if (size == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * size);
            }
            nanos[size++] = time.toNanos();
        }

        Percentiles percentiles() {
            long[] sorted = Arrays.copyOf(nanos, size);
            Arrays.sort(sorted);
            return new Percentiles(rank(sorted, 50), rank(sorted, 90), rank(sorted, 99), rank(sorted, 100));
        }

        /** Nearest rank: always a time that was measured. */
        private static Duration rank(long[] sorted, int percent) {
            int index = (int) Math.ceil(percent / 100.0 * sorted.length) - 1;
            return Duration.ofNanos(sorted[Math.max(0, index)]);
        }
    }
}
