/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.InvalidInputException;
import io.sandflock.RunSummary;
import io.sandflock.SampleResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run as its folder tells it, finished or not, also while it is under way. Changes nothing.
 *
 * @param eval the eval's name
 * @param startedAt as {@code run.json} has it
 * @param platform where it ran
 * @param ended whether it came to its end; a run that did not can be resumed
 * @param summary over the results that are there; left over is whatever is not known to be gone
 * @param results the last of each sample and epoch
 */
public record RunReading(
        String eval, String startedAt, String platform, boolean ended, RunSummary summary, List<SampleResult> results) {

    /** Copies the list. */
    public RunReading {
        results = List.copyOf(results);
    }

    /** Reads the folder; blocks. @throws InvalidInputException when there is no run in it */
    public static RunReading of(Path folder) {
        Path file = folder.resolve(RunFolder.RUN);
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException(
                    folder.toString(), "there is no run in this folder: it has no " + RunFolder.RUN);
        }
        try {
            return read(folder, RunJson.readRun(file));
        } catch (IOException e) {
            throw new InvalidInputException(folder.toString(), "the run cannot be read: " + e.getMessage(), e);
        }
    }

    private static RunReading read(Path folder, JsonNode run) throws IOException {
        Map<String, SampleResult> results = new LinkedHashMap<>();
        Path lines = folder.resolve(RunFolder.RESULTS);
        if (Files.exists(lines)) {
            Lines.read(lines, (line, text) -> {
                SampleResult result = RunJson.readResult(line);
                results.put(result.epoch() + "/" + result.sampleId(), result);
            });
        }
        Tally tally = new Tally();
        results.values().forEach(tally::add);
        Sessions sessions = new Sessions();
        boolean[] ended = {false};
        List<String> left = new ArrayList<>();
        Path journal = folder.resolve(RunFolder.JOURNAL);
        if (Files.exists(journal)) {
            JournalReader.read(journal, line -> {
                sessions.follow(line);
                String what = line.path("what").asText();
                ended[0] = what.equals("run_ended") || (ended[0] && !what.equals("run_resumed"));
            });
            left.addAll(JournalReader.open(journal).keySet());
        }
        Duration duration = sessions.duration();
        int total = run.path("samples").asInt() * Math.max(1, run.path("epochs").asInt());
        return new RunReading(
                run.path("eval").asText(),
                run.path("started_at").asText(),
                run.path("platform").path("url").asText(),
                ended[0],
                tally.summary(run.path("run_id").asText(), total, duration, left),
                List.copyOf(results.values()));
    }
}
