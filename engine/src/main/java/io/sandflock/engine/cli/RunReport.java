/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.RunSummary;
import io.sandflock.Stage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A run's summary as a person reads it. */
final class RunReport {

    private RunReport() {}

    static List<String> lines(RunSummary summary, Terminal terminal) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.addAll(outcomes(summary, terminal));
        lines.add("");
        lines.addAll(stages(summary));
        lines.add("");
        lines.add(totals(summary));
        lines.add(requests(summary));
        summary.failures().forEach((code, count) -> lines.add(terminal.red(count + " × " + code)));
        lines.add(leftOver(summary, terminal));
        return lines;
    }

    /** For example {@code stopped: 37 of 164 samples done, every sandbox released, results: runs/.../results.ndjson}. */
    static String stopped(RunSummary summary, Optional<Path> folder) {
        int done = summary.total() - summary.outcomes().getOrDefault("cancelled", 0);
        String sandboxes = summary.leftOver().isEmpty()
                ? "every sandbox released"
                : summary.leftOver().size() + " left (" + Table.printable(String.join(", ", summary.leftOver()))
                        + "; remove them with: sandflock cleanup --run " + summary.runId() + ")";
        return "stopped: " + done + " of " + Text.count(summary.total(), "sample") + " done, " + sandboxes
                + folder.map(path -> ", results: " + path.resolve("results.ndjson"))
                        .orElse("");
    }

    private static List<String> outcomes(RunSummary summary, Terminal terminal) {
        Table table = new Table("outcome", ">samples", ">share");
        for (Map.Entry<String, Integer> entry : summary.outcomes().entrySet()) {
            if (entry.getValue() > 0) {
                table.row(entry.getKey(), entry.getValue(), percent(entry.getValue(), summary.total()));
            }
        }
        return coloured(table.lines(), terminal);
    }

    private static List<String> coloured(List<String> lines, Terminal terminal) {
        List<String> out = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith("scored")) {
                out.add(terminal.green(line));
            } else if (line.startsWith("infrastructure") || line.startsWith("cancelled")) {
                out.add(terminal.red(line));
            } else {
                out.add(line);
            }
        }
        return out;
    }

    private static List<String> stages(RunSummary summary) {
        Table table = new Table("stage", ">p50", ">p90", ">p99", ">max");
        for (Map.Entry<Stage, RunSummary.Percentiles> entry : summary.stages().entrySet()) {
            RunSummary.Percentiles p = entry.getValue();
            table.row(entry.getKey().label(), Text.of(p.p50()), Text.of(p.p90()), Text.of(p.p99()), Text.of(p.max()));
        }
        return table.lines();
    }

    private static String totals(RunSummary summary) {
        String score = Double.isNaN(summary.meanScore())
                ? "no scores"
                : String.format(Text.PLAIN, "mean score %.3f", summary.meanScore());
        return score
                + String.format(
                        Text.PLAIN,
                        ", %s in %s (%.1f/s), %s of sandboxes",
                        Text.count(summary.total(), "sample"),
                        Text.of(summary.duration()),
                        summary.samplesPerSecond(),
                        Text.of(Duration.ofMillis((long) (summary.sandboxSeconds() * 1_000))));
    }

    private static String requests(RunSummary summary) {
        double each = summary.total() == 0 ? 0 : (double) summary.requests() / summary.total();
        return String.format(
                Text.PLAIN,
                "%s to the platform (%.1f per sample), %s",
                Text.count(summary.requests(), "request"),
                each,
                summary.retries() == 1 ? "1 retry" : summary.retries() + " retries");
    }

    private static String leftOver(RunSummary summary, Terminal terminal) {
        if (summary.leftOver().isEmpty()) {
            return "0 sandboxes left";
        }
        return terminal.red(
                        summary.leftOver().size() + " left: " + Table.printable(String.join(", ", summary.leftOver())))
                + System.lineSeparator() + "remove them with: sandflock cleanup --run " + summary.runId();
    }

    private static String percent(int part, int whole) {
        return String.format(Text.PLAIN, "%.1f %%", whole == 0 ? 0.0 : 100.0 * part / whole);
    }
}
