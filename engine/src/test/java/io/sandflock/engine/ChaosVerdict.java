/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.engine.run.JournalReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What must be true of a run's folder at its end, whatever happened on the way. Collects what is not. */
final class ChaosVerdict {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> violations = new ArrayList<>();
    private final Map<String, Integer> outcomes = new TreeMap<>();

    List<String> violations() {
        return violations;
    }

    Map<String, Integer> outcomes() {
        return outcomes;
    }

    void check(boolean holds, String otherwise) {
        if (!holds) {
            violations.add(otherwise);
        }
    }

    void folder(Path run, int samples) throws IOException {
        Map<String, String> results = new TreeMap<>();
        Set<String> sandboxes = new HashSet<>();
        for (String line : Files.readAllLines(run.resolve("results.ndjson"))) {
            JsonNode result = JSON.readTree(line);
            String sample = result.path("sample").asText();
            String outcome = result.path("outcome").asText();
            check(results.put(sample, outcome) == null, "two results of " + sample);
            outcomes.merge(outcome, 1, Integer::sum);
            Set<Integer> numbers = new HashSet<>();
            for (JsonNode attempt : result.path("attempts")) {
                sandboxes.add(attempt.path("sandbox").asText());
                check(numbers.add(attempt.path("number").asInt()), "an attempt's number twice: " + line);
            }
        }
        sandboxes.remove("");
        check(results.size() == samples, results.size() + " results of " + samples + " samples");
        journal(run.resolve("journal.ndjson"), results, sandboxes);
        JsonNode summary = JSON.readTree(Files.readAllBytes(run.resolve("summary.json")));
        check(
                summary.path("left_over_count").asInt(-1) == 0,
                "the summary names left-overs: " + summary.path("left_over"));
        check(summary.path("total").asInt() == samples, "the summary has a total of " + summary.path("total"));
        results.values().stream()
                .distinct()
                .forEach(outcome -> check(
                        summary.path("outcomes").path(outcome).asInt() == outcomes.getOrDefault(outcome, 0),
                        "the summary has another number of " + outcome));
    }

    private void journal(Path journal, Map<String, String> results, Set<String> sandboxes) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        JournalReader.read(journal, lines::add);
        check(Files.readAllLines(journal).size() == lines.size(), "the journal has lines that cannot be read");
        Map<String, String> finished = new TreeMap<>();
        JournalIntents intents = new JournalIntents();
        Set<String> intended = intents.names();
        for (JsonNode line : lines) {
            String sandbox = line.path("sandbox").asText();
            check(intents.follow(line), "two intents of " + sandbox);
            switch (line.path("what").asText()) {
                case "finished" ->
                    finished.put(
                            line.path("sample").asText(), line.path("outcome").asText());
                case "created", "started" -> check(intended.contains(sandbox), "no intent of " + sandbox);
                default -> {
                    // Whatever else there is, must only be readable.
                }
            }
        }
        check(lines.get(0).path("what").asText().equals("run_started"), "the journal does not begin with the run");
        check(
                lines.get(lines.size() - 1).path("what").asText().equals("run_ended"),
                "the journal does not end with the run");
        results.forEach((sample, outcome) ->
                check(outcome.equals(finished.get(sample)), "journal and results differ about " + sample));
        check(intended.containsAll(sandboxes), "sandboxes without an intent");
        Map<String, String> open = JournalReader.open(journal);
        check(open.isEmpty(), "the journal does not know what became of " + open);
    }
}
