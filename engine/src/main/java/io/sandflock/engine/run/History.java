/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.Outcome;
import io.sandflock.SampleResult;
import io.sandflock.engine.platform.SandboxInfo;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What the earlier sessions of a run left in its folder, read in one pass over the results and one over the journal. Results with a
 * score stay; a sample that was cancelled, or that the infrastructure failed, has none and is run again.
 */
final class History {

    /** Of a run that begins. */
    static final History NONE = new History("");

    private static final String INTERRUPTED = "the run ended before the attempt did";

    private final String boot;
    private final BitSet finished = new BitSet();
    private final Map<Integer, TreeMap<Integer, SampleResult.Attempt>> attempts = new HashMap<>();
    private final Map<String, Intended> open = new LinkedHashMap<>();
    private final Sessions sessions = new Sessions();
    private String lastBoot = "";

    private History(String boot) {
        this.boot = boot;
    }

    /**
     * Reads both files, and leaves them whole: without torn lines, and without results that are to be replaced. Blocks.
     *
     * @param boot the start of the machine at hand; empty when it cannot be told
     * @param kept is told of each result that stays
     */
    static History read(RunFolder folder, JobOrder order, String boot, Consumer<SampleResult> kept) throws IOException {
        History history = new History(boot);
        history.results(folder, order, kept);
        Path journal = folder.file(RunFolder.JOURNAL);
        Lines.mend(journal);
        if (Files.exists(journal)) {
            Lines.read(journal, (line, text) -> history.follow(line, order));
        }
        return history;
    }

    private void results(RunFolder folder, JobOrder order, Consumer<SampleResult> kept) throws IOException {
        Path results = folder.file(RunFolder.RESULTS);
        if (!Files.exists(results)) {
            return;
        }
        Path next = folder.file(RunFolder.RESULTS + ".new");
        int[] dropped = {0};
        long lost;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(next), 1 << 16)) {
            lost = Lines.read(results, (line, text) -> {
                int job = order.numberOf(
                        line.path("sample").asText(), line.path("epoch").asInt());
                if (job >= 0 && !finished.get(job) && isFinal(line)) {
                    finished.set(job);
                    kept.accept(RunJson.readResult(line));
                    out.write(text);
                    out.write('\n');
                } else {
                    dropped[0]++;
                }
            });
        }
        if (lost == 0 && dropped[0] == 0) {
            Files.delete(next);
        } else {
            folder.putInPlace(RunFolder.RESULTS);
        }
    }

    private static boolean isFinal(JsonNode result) {
        return switch (result.path("outcome").asText()) {
            case "scored", "task_failed", "timed_out" -> true;
            default -> false;
        };
    }

    private void follow(JsonNode line, JobOrder order) {
        sessions.follow(line);
        String sandbox = line.path("sandbox").asText();
        switch (line.path("what").asText()) {
            case "run_started", "run_resumed" -> lastBoot = line.path("boot").asText();
            case "intent" -> intent(line, sandbox, order);
            case "attempt_failed" ->
                attempt(line, order, sandbox, line.path("cause").asText());
            case "finished" -> finished(line, order);
            case "created", "adopted" ->
                open.computeIfPresent(
                        sandbox,
                        (name, intended) -> intended.withId(line.path("detail").asText()));
            case "started" -> open.computeIfPresent(sandbox, (name, intended) -> intended.begin());
            case "failed", "deleted" -> open.remove(sandbox);
            default -> {
                // Unknown, left over, stopping, and what newer versions write: the sandbox stays what it is.
            }
        }
    }

    private void intent(JsonNode line, String sandbox, JobOrder order) {
        int job =
                order.numberOf(line.path("sample").asText(), line.path("epoch").asInt());
        open.put(sandbox, new Intended(sandbox, "", job, line.path("attempt").asInt(1), false));
        attempt(line, order, sandbox, INTERRUPTED);
    }

    private void finished(JsonNode line, JobOrder order) {
        String message = line.path("message").asText();
        int job =
                order.numberOf(line.path("sample").asText(), line.path("epoch").asInt());
        TreeMap<Integer, SampleResult.Attempt> of = attempts.get(job);
        if (of != null && !of.isEmpty() && !message.isEmpty()) {
            SampleResult.Attempt latest = of.lastEntry().getValue();
            of.put(latest.number(), new SampleResult.Attempt(latest.number(), latest.sandbox(), message));
        }
    }

    /** The last word on an attempt counts. */
    private void attempt(JsonNode line, JobOrder order, String sandbox, String cause) {
        int job =
                order.numberOf(line.path("sample").asText(), line.path("epoch").asInt());
        if (job >= 0 && !finished.get(job)) {
            int number = line.path("attempt").asInt(1);
            attempts.computeIfAbsent(job, any -> new TreeMap<>())
                    .put(number, new SampleResult.Attempt(number, sandbox, cause));
        }
    }

    /** Whether this job has its outcome. */
    boolean isFinished(int job) {
        return finished.get(job);
    }

    /** How many jobs have their outcome. */
    int finished() {
        return finished.cardinality();
    }

    /** Sandboxes that may be there. */
    List<Intended> open() {
        return new ArrayList<>(open.values());
    }

    /** How long the run was under way, all sessions together. */
    Duration duration() {
        return sessions.duration();
    }

    /**
     * Whether nothing that was written can be missing: a process that is killed leaves what it wrote to the kernel, a machine that
     * goes down does not.
     */
    boolean isComplete() {
        return !boot.isEmpty() && boot.equals(lastBoot);
    }

    /** What this job went through; its next attempt is one that was never made. */
    Past past(int job) {
        TreeMap<Integer, SampleResult.Attempt> of = attempts.get(job);
        return of == null || of.isEmpty()
                ? Past.NONE
                : new Past(of.lastKey() + 1, List.copyOf(of.values()), Optional.empty());
    }

    /** Of a job that goes on with its last attempt in the sandbox that it has. */
    Past past(Intended intended, SandboxInfo alive) {
        List<SampleResult.Attempt> before = past(intended.job()).attempts().stream()
                .filter(attempt -> attempt.number() < intended.attempt())
                .toList();
        return new Past(intended.attempt(), before, Optional.of(alive));
    }

    /** Whether no later attempt of the job was made than the one of this sandbox. */
    boolean isLatest(Intended intended) {
        TreeMap<Integer, SampleResult.Attempt> of = attempts.get(intended.job());
        return of != null
                && !of.isEmpty()
                && of.lastEntry().getValue().sandbox().equals(intended.name())
                && of.lastEntry().getValue().failure().equals(INTERRUPTED);
    }

    /** For the message of an outcome that does not stay. */
    static String reason(Outcome outcome) {
        return outcome.score().isPresent() ? "" : outcome.label() + ": " + outcome.message();
    }
}
