/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.RunSummary;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A run's summary as {@code --json} prints it: durations in seconds. */
final class SummaryJson {

    private SummaryJson() {}

    static Map<String, Object> of(RunSummary summary, Optional<Path> folder) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("run", summary.runId());
        json.put("folder", folder.map(Path::toString).orElse(null));
        json.put("total", summary.total());
        json.put("outcomes", summary.outcomes());
        json.put("meanScore", Double.isNaN(summary.meanScore()) ? null : summary.meanScore());
        json.put("seconds", summary.duration().toMillis() / 1_000.0);
        json.put("samplesPerSecond", summary.samplesPerSecond());
        json.put("stages", stages(summary));
        json.put("failures", summary.failures());
        json.put("requests", summary.requests());
        json.put("retries", summary.retries());
        json.put("sandboxSeconds", summary.sandboxSeconds());
        json.put("leftOver", summary.leftOver());
        return json;
    }

    private static Map<String, Object> stages(RunSummary summary) {
        Map<String, Object> stages = new LinkedHashMap<>();
        summary.stages().forEach((stage, times) -> {
            Map<String, Double> seconds = new LinkedHashMap<>();
            seconds.put("p50", times.p50().toNanos() / 1e9);
            seconds.put("p90", times.p90().toNanos() / 1e9);
            seconds.put("p99", times.p99().toNanos() / 1e9);
            seconds.put("max", times.max().toNanos() / 1e9);
            stages.put(stage.label(), seconds);
        });
        return stages;
    }
}
