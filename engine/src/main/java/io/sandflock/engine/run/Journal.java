/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.lease.Labels;
import io.sandflock.engine.limit.Time;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import reactor.core.publisher.Mono;

/**
 * {@code journal.ndjson}: one line per intent and transition, in order. Intents are on the disk before they complete;
 * transitions follow with the next sync. {@link JournalReader} reads what a cut at any byte leaves.
 */
final class Journal implements IntentLog {

    private final RunWriter writer;
    private final RunWriter.Appended file;
    private final Time time;

    Journal(RunWriter writer, RunWriter.Appended file, Time time) {
        this.writer = writer;
        this.file = file;
        this.time = time;
    }

    @Override
    public Mono<Void> intent(String name, Map<String, String> labels) {
        return Mono.defer(() -> {
            Map<String, Object> line = line("intent");
            line.put("sandbox", name);
            line.put("sample", labels.getOrDefault(Labels.SAMPLE, ""));
            line.put("epoch", labels.getOrDefault(Labels.EPOCH, ""));
            line.put("attempt", labels.getOrDefault(Labels.ATTEMPT, ""));
            return append(line);
        });
    }

    @Override
    public void transition(String name, Transition what, String detail) {
        Map<String, Object> line = line(what.name().toLowerCase(Locale.ROOT));
        line.put("sandbox", name);
        line.put("detail", detail);
        note(line);
    }

    /** The run's own transitions: {@code run_started}, {@code stopping}, {@code finished}, {@code run_ended}. */
    void note(String what, Map<String, ?> details) {
        Map<String, Object> line = line(what);
        line.putAll(details);
        note(line);
    }

    private void note(Map<String, Object> line) {
        // Written whether or not anybody subscribes; a failure reaches the run by RunWriter.failed().
        var unused = append(line);
    }

    private Map<String, Object> line(String what) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("at", time.now().toString());
        line.put("what", what);
        return line;
    }

    private Mono<Void> append(Map<String, Object> line) {
        byte[] bytes = RunJson.line(line);
        return writer.write(() -> file.append(bytes));
    }
}
