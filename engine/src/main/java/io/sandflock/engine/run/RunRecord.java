/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.ExecResult;
import io.sandflock.RunSpec;
import io.sandflock.RunSummary;
import io.sandflock.SampleResult;
import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.limit.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What is kept of a run: in its folder, or nowhere. Nothing here blocks; errors say which folder could not be written. */
interface RunRecord {

    /** Keeps nothing. */
    RunRecord NONE = new RunRecord() {};

    /** Where sandbox names go first. */
    default IntentLog log() {
        return IntentLog.NONE;
    }

    /** Notes that the run was asked to stop. */
    default void stopping(String reason) {}

    /** Completes when the result is on the disk. */
    default Mono<Void> keep(Finished finished) {
        return Mono.empty();
    }

    /** Completes when the summary is on the disk and the folder is free. */
    default Mono<Void> close(RunSummary summary) {
        return Mono.empty();
    }

    /** Emits the first failure to write. */
    default Mono<Throwable> failed() {
        return Mono.never();
    }

    /** Makes the folder and writes {@code run.json}; {@link #NONE} without a folder. */
    static Mono<RunRecord> open(Optional<Path> folder, RunHead head, RunSpec spec, Time time) {
        return Mono.justOrEmpty(folder)
                .flatMap(path -> Mono.fromCallable(() -> InFolder.create(path, head, spec, time))
                        .subscribeOn(Schedulers.boundedElastic()))
                .defaultIfEmpty(NONE);
    }

    /** In a folder. */
    final class InFolder implements RunRecord {

        private final RunFolder folder;
        private final RunWriter writer;
        private final RunWriter.Appended results;
        private final Journal journal;

        private InFolder(RunFolder folder, Path path, Time time) {
            this.folder = folder;
            this.writer = new RunWriter(path, time.scheduler());
            this.results = writer.appendTo(folder.file("results.ndjson"));
            this.journal = new Journal(writer, writer.appendTo(folder.file("journal.ndjson")), time);
        }

        private static RunRecord create(Path path, RunHead head, RunSpec spec, Time time) throws IOException {
            RunFolder folder = RunFolder.create(path);
            try {
                folder.replace("run.json", RunJson.document(RunJson.run(head, spec)));
            } catch (IOException | RuntimeException e) {
                folder.close();
                throw e;
            }
            InFolder record = new InFolder(folder, path, time);
            record.journal.note("run_started", Map.of("run_id", head.runId()));
            return record;
        }

        @Override
        public IntentLog log() {
            return journal;
        }

        @Override
        public void stopping(String reason) {
            journal.note("stopping", Map.of("reason", reason));
        }

        @Override
        public Mono<Void> keep(Finished finished) {
            SampleResult result = finished.result();
            return Mono.defer(() -> {
                byte[] line = RunJson.line(RunJson.result(result));
                Mono<Void> written = writer.write(() -> {
                    if (finished.output().isPresent()) {
                        output(result, finished.output().get());
                    }
                    results.append(line);
                });
                journal.note(
                        "finished",
                        Map.of(
                                "sample", result.sampleId(),
                                "epoch", result.epoch(),
                                "outcome", result.outcome().label()));
                return written;
            });
        }

        private void output(SampleResult result, ExecResult output) throws IOException {
            Path of = folder.sample(result.sampleId(), result.epoch());
            Files.write(of.resolve("stdout"), output.stdout().bytes());
            Files.write(of.resolve("stderr"), output.stderr().bytes());
        }

        @Override
        public Mono<Void> close(RunSummary summary) {
            return Mono.usingWhen(Mono.just(writer), open -> end(summary), RunWriter::close)
                    .doFinally(signal -> folder.close());
        }

        private Mono<Void> end(RunSummary summary) {
            return Mono.defer(() -> {
                journal.note("run_ended", Map.of("left_over", summary.leftOver().size()));
                return writer.write(() -> folder.replace("summary.json", RunJson.document(RunJson.summary(summary))));
            });
        }

        @Override
        public Mono<Throwable> failed() {
            return writer.failed();
        }
    }
}
