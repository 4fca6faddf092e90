/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import io.sandflock.SampleResult;
import io.sandflock.Stage;
import io.sandflock.engine.run.RunReading;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "report", description = ReportCommand.ABOUT, mixinStandardHelpOptions = true, sortOptions = false)
final class ReportCommand implements Callable<Integer> {

    /** In the list of commands; read without this class. */
    static final String ABOUT =
            "Shows how a run went, finished or not: outcomes, times of each stage, failures, the " + "slowest samples.";

    private final Invocation invocation;

    @Parameters(paramLabel = "RUN", description = "the run's folder")
    private Path run = Path.of("");

    @Option(
            names = "--slowest",
            paramLabel = "N",
            defaultValue = "5",
            description = "how many of the slowest samples are shown; default: 5")
    private int slowest = 5;

    @Option(names = "--json", description = "as JSON")
    private boolean json;

    ReportCommand(Invocation invocation) {
        this.invocation = invocation;
    }

    @Override
    public Integer call() {
        if (slowest < 0) {
            throw new InvalidInputException("--slowest", "must be at least 0, was " + slowest);
        }
        RunReading reading = RunReading.of(run);
        if (json) {
            invocation.printJson(asJson(reading));
        } else {
            invocation.print(lines(reading));
        }
        return ExitCode.DONE;
    }

    private List<SampleResult> slowest(RunReading reading) {
        return reading.results().stream()
                .sorted(Comparator.comparing(ReportCommand::working).reversed())
                .limit(slowest)
                .toList();
    }

    /** The time of its last attempt, without the wait for a place: that says where it stood in the queue. */
    private static Duration working(SampleResult result) {
        return result.stages().entrySet().stream()
                .filter(stage -> stage.getKey() != Stage.QUEUE)
                .map(Map.Entry::getValue)
                .reduce(Duration.ZERO, Duration::plus);
    }

    private static String longestStage(SampleResult result) {
        return result.stages().entrySet().stream()
                .filter(stage -> stage.getKey() != Stage.QUEUE)
                .max(Map.Entry.comparingByValue())
                .map(stage -> stage.getKey().label() + " " + Text.of(stage.getValue()))
                .orElse("-");
    }

    private List<String> lines(RunReading reading) {
        List<String> lines = new ArrayList<>();
        int missing = reading.summary().total() - reading.results().size();
        lines.add(Table.printable("run " + reading.summary().runId() + " of " + reading.eval() + ", started "
                + reading.startedAt() + " on " + reading.platform()));
        if (!reading.ended()) {
            lines.add(invocation
                    .terminal()
                    .yellow("not ended: " + Text.count(missing, "sample")
                            + " without a result; go on with: sandflock run" + " --resume " + run));
        }
        lines.addAll(RunReport.lines(reading.summary(), invocation.terminal()));
        failures(reading, lines);
        List<SampleResult> slow = slowest(reading);
        if (!slow.isEmpty()) {
            lines.add("");
            Table table = new Table("slowest", ">epoch", "outcome", ">time", "longest stage", ">attempts");
            for (SampleResult result : slow) {
                table.row(
                        result.sampleId(),
                        result.epoch(),
                        result.outcome().label(),
                        Text.of(working(result)),
                        longestStage(result),
                        result.attempts().size());
            }
            lines.addAll(table.lines());
        }
        return lines;
    }

    /** Attempts that were tried again, by cause: what a run got over is not among its outcomes. */
    private static void failures(RunReading reading, List<String> lines) {
        Map<String, Integer> causes = causes(reading);
        if (causes.isEmpty()) {
            return;
        }
        lines.add("");
        Table table = new Table(">attempts", "failed because");
        causes.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(10)
                .forEach(cause -> table.row(cause.getValue(), cause.getKey()));
        lines.addAll(table.lines());
    }

    private static Map<String, Integer> causes(RunReading reading) {
        Map<String, Integer> causes = new LinkedHashMap<>();
        for (SampleResult result : reading.results()) {
            for (SampleResult.Attempt attempt : result.attempts()) {
                if (!attempt.failure().isEmpty()) {
                    causes.merge(cause(attempt.failure()), 1, Integer::sum);
                }
            }
        }
        return causes;
    }

    /** Without the context in brackets at its end, which is another one each time. */
    private static String cause(String failure) {
        String cause = failure.replaceFirst("(?s) \\[[^\\[]*\\]\\s*$", "");
        return cause.length() <= 120 ? cause : cause.substring(0, 117) + "...";
    }

    private Map<String, Object> asJson(RunReading reading) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("eval", reading.eval());
        document.put("startedAt", reading.startedAt());
        document.put("platform", reading.platform());
        document.put("ended", reading.ended());
        document.putAll(SummaryJson.of(reading.summary(), Optional.of(run)));
        document.put("results", reading.results().size());
        document.put("attemptFailures", causes(reading));
        document.put(
                "slowest",
                slowest(reading).stream()
                        .map(result -> Map.of(
                                "sample", result.sampleId(),
                                "epoch", result.epoch(),
                                "outcome", result.outcome().label(),
                                "seconds", working(result).toNanos() / 1e9))
                        .toList());
        return document;
    }
}
