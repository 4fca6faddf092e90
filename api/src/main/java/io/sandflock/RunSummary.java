/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A run in numbers.
 *
 * @param runId the run
 * @param total samples times epochs
 * @param outcomes how many of each, by {@link Outcome#label()}; every label is there
 * @param meanScore over the samples that have a score; NaN when none has
 * @param duration from start to end
 * @param samplesPerSecond finished samples, the cancelled left out, over the duration
 * @param stages percentiles of each stage that happened, over the last attempt of each sample that was not cancelled
 * @param failures infrastructure failures by {@link ErrorCode}
 * @param requests requests to the platform
 * @param retries attempts beyond the first
 * @param sandboxSeconds seconds that sandboxes existed, summed
 * @param leftOver names of sandboxes that are left; empty unless clean-up was off or refused
 */
public record RunSummary(
        String runId,
        int total,
        Map<String, Integer> outcomes,
        double meanScore,
        Duration duration,
        double samplesPerSecond,
        Map<Stage, Percentiles> stages,
        Map<ErrorCode, Integer> failures,
        long requests,
        int retries,
        double sandboxSeconds,
        List<String> leftOver) {

    /** Durations of one stage. */
    public record Percentiles(Duration p50, Duration p90, Duration p99, Duration max) {}
}
