/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.SampleResult;
import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.limit.Time;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * {@code journal.ndjson}: one line per intent and transition, in order. Intents are on the disk before they complete;
 * transitions follow with the next sync. {@link JournalReader} reads what a cut at any byte leaves.
 */
final class Journal implements RunLog {

    private final RunWriter writer;
    private final RunWriter.Appended file;
    private final Time time;

    Journal(RunWriter writer, RunWriter.Appended file, Time time) {
        this.writer = writer;
        this.file = file;
        this.time = time;
    }

    @Override
    public IntentLog of(Job job, IntSupplier attempt) {
        return new JobLog(job, attempt);
    }

    @Override
    public void attemptFailed(Job job, SampleResult.Attempt attempt) {
        Map<String, Object> line = line("attempt_failed");
        line.put("sample", job.sample().id());
        line.put("epoch", job.epoch());
        line.put("attempt", attempt.number());
        line.put("sandbox", attempt.sandbox());
        line.put("cause", attempt.failure());
        note(line);
    }

    /** The run's own transitions: {@code run_started}, {@code stopping}, {@code finished}, {@code run_ended}. */
    void note(String what, Map<String, ?> details) {
        Map<String, Object> line = line(what);
        line.putAll(details);
        note(line);
    }

    /** For sandboxes that no job asks for any more. */
    IntentLog ofNoJob() {
        return new JobLog(null, () -> 0);
    }

    private void note(Map<String, Object> line) {
        // Written whether or not anybody subscribes; a failure reaches the run by RunWriter.failed().
        var unused = handed(line);
    }

    private Map<String, Object> line(String what) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("at", time.now().toString());
        line.put("what", what);
        return line;
    }

    private Mono<Void> handed(Map<String, Object> line) {
        byte[] bytes = RunJson.line(line);
        return writer.hand(() -> file.append(bytes));
    }

    private final class JobLog implements IntentLog {

        private final @Nullable Job job;
        private final IntSupplier attempt;

        JobLog(@Nullable Job job, IntSupplier attempt) {
            this.job = job;
            this.attempt = attempt;
        }

        @Override
        public Mono<Void> intent(String name, Map<String, String> labels) {
            return Mono.defer(() -> {
                Map<String, Object> line = line("intent");
                line.put("sandbox", name);
                if (job != null) {
                    line.put("sample", job.sample().id());
                    line.put("epoch", job.epoch());
                    line.put("attempt", attempt.getAsInt());
                }
                byte[] bytes = RunJson.line(line);
                return writer.write(() -> file.append(bytes));
            });
        }

        @Override
        public Mono<Void> started(String name, String id) {
            return Mono.defer(() -> handed(transitionLine(name, Transition.STARTED, id)));
        }

        @Override
        public void transition(String name, Transition what, String detail) {
            note(transitionLine(name, what, detail));
        }

        private Map<String, Object> transitionLine(String name, Transition what, String detail) {
            Map<String, Object> line = line(what.name().toLowerCase(Locale.ROOT));
            line.put("sandbox", name);
            line.put("detail", detail);
            return line;
        }
    }
}
