/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.ExecResult;
import io.sandflock.InvalidInputException;
import io.sandflock.RunSpec;
import io.sandflock.RunSummary;
import io.sandflock.SampleResult;
import io.sandflock.engine.lease.IntentLog;
import io.sandflock.engine.limit.Time;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What is kept of a run: in its folder, or nowhere. Nothing here blocks; errors say which folder could not be written. */
interface RunRecord {

    /** What earlier sessions of the run left. */
    default History history() {
        return History.NONE;
    }

    /** The run's id. */
    String runId();

    /** Where sandbox names go first. */
    default RunLog log() {
        return NO_LOG;
    }

    /** Of sandboxes that no job asks for any more. */
    default IntentLog strays() {
        return IntentLog.NONE;
    }

    /** Notes something that happened to the run. */
    default void note(String what, Map<String, ?> details) {}

    /** Completes when the result is on the disk. */
    default Mono<Void> keep(Finished finished) {
        return Mono.empty();
    }

    /** Completes when the summary is on the disk and the folder is free. */
    default Mono<Void> close(RunSummary summary) {
        return Mono.empty();
    }

    /** Completes when the folder is free, with nothing in it that says that the run ended. */
    default Mono<Void> abandon() {
        return Mono.empty();
    }

    /** Emits the first failure to write. */
    default Mono<Throwable> failed() {
        return Mono.never();
    }

    /** Keeps nothing. */
    RunLog NO_LOG = new RunLog() {
        @Override
        public IntentLog of(Job job, IntSupplier attempt) {
            return IntentLog.NONE;
        }

        @Override
        public void attemptFailed(Job job, SampleResult.Attempt attempt) {}
    };

    /** Of a run without a folder. */
    static RunRecord none(String runId) {
        return () -> runId;
    }

    /** Makes the folder and writes {@code run.json}; keeps nothing without a folder. */
    static Mono<RunRecord> open(RunHead head, RunSpec spec, Time time) {
        return inFolder(spec, path -> InFolder.create(path, head, spec, time))
                .switchIfEmpty(Mono.fromSupplier(() -> none(head.runId())));
    }

    /**
     * Opens the folder of a run that ended early. Errors with {@link InvalidInputException} when it is another eval's.
     *
     * @param kept is told of each result that stays
     */
    static Mono<RunRecord> reopen(RunHead head, RunSpec spec, JobOrder order, Consumer<SampleResult> kept, Time time) {
        return inFolder(spec, path -> InFolder.reopen(path, head, spec, order, kept, time))
                .switchIfEmpty(
                        Mono.error(() -> new InvalidInputException("folder", "a run without one cannot be resumed")));
    }

    private static Mono<RunRecord> inFolder(RunSpec spec, Opening opening) {
        return Mono.justOrEmpty(spec.folder())
                .flatMap(path -> Mono.fromCallable(() -> opening.open(path)).subscribeOn(Schedulers.boundedElastic()));
    }

    /** Blocks. */
    @FunctionalInterface
    interface Opening {

        RunRecord open(Path path) throws IOException;
    }

    /** In a folder. */
    final class InFolder implements RunRecord {

        private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

        private final RunFolder folder;
        private final String runId;
        private final History history;
        private final RunWriter writer;
        private final RunWriter.Appended results;
        private final Journal journal;

        private InFolder(RunFolder folder, Path path, String runId, History history, Time time) {
            this.folder = folder;
            this.runId = runId;
            this.history = history;
            this.writer = new RunWriter(path, time.scheduler());
            this.results = writer.appendTo(folder.file(RunFolder.RESULTS));
            this.journal = new Journal(writer, writer.appendTo(folder.file(RunFolder.JOURNAL)), time);
        }

        private static RunRecord create(Path path, RunHead head, RunSpec spec, Time time) throws IOException {
            RunFolder folder = RunFolder.create(path);
            try {
                folder.replace(RunFolder.RUN, RunJson.document(RunJson.run(head, spec, RunIdentity.of(spec))));
            } catch (IOException | RuntimeException e) {
                folder.close();
                throw e;
            }
            InFolder record = new InFolder(folder, path, head.runId(), History.NONE, time);
            record.note("run_started", Map.of("run_id", head.runId(), "boot", boot()));
            return record;
        }

        private static RunRecord reopen(
                Path path, RunHead head, RunSpec spec, JobOrder order, Consumer<SampleResult> kept, Time time)
                throws IOException {
            RunFolder folder = RunFolder.reopen(path);
            try {
                JsonNode run = readRun(folder, path);
                refuseAnother(path, run, spec, head);
                String boot = boot();
                History history = History.read(folder, order, boot, kept);
                InFolder record = new InFolder(folder, path, run.path("run_id").asText(), history, time);
                Map<String, Object> details = new LinkedHashMap<>();
                details.put("run_id", record.runId);
                details.put("boot", boot);
                details.put("platform", head.platform().toString());
                details.put("finished", history.finished());
                record.note("run_resumed", details);
                return record;
            } catch (IOException | RuntimeException e) {
                folder.close();
                throw e;
            }
        }

        private static JsonNode readRun(RunFolder folder, Path path) {
            try {
                return RunJson.readRun(folder.file(RunFolder.RUN));
            } catch (IOException e) {
                throw new InvalidInputException(
                        path.resolve(RunFolder.RUN).toString(), "cannot be read: " + e.getMessage(), e);
            }
        }

        private static void refuseAnother(Path path, JsonNode run, RunSpec spec, RunHead head) {
            Map<String, String> before = new LinkedHashMap<>();
            run.path("identity")
                    .properties()
                    .forEach(part -> before.put(part.getKey(), part.getValue().asText()));
            List<String> changes = RunIdentity.of(spec).changes(before);
            if (before.isEmpty() || !changes.isEmpty()) {
                throw new InvalidInputException(
                        path.toString(),
                        (before.isEmpty()
                                        ? "the run does not say which eval it was"
                                        : "the eval is not the one that this run began with: "
                                                + String.join("; ", changes))
                                + "; run it anew, so that results of two evals do not become one");
            }
            String platform = run.path("platform").path("url").asText();
            if (!platform.equals(head.platform().toString()) && !isThisMachine(platform)) {
                throw new InvalidInputException(
                        path.toString(),
                        "the run's sandboxes are at " + platform + ", and the platform at hand is " + head.platform()
                                + "; resume it with the platform that it began on");
            }
        }

        /** An embedded platform is another one in each process, and its sandboxes end with it. */
        private static boolean isThisMachine(String url) {
            try {
                String host = URI.create(url).getHost();
                // Only literal addresses of loopback: no name is looked up.
                return host != null
                        && (host.equals("localhost")
                                || (host.matches("[0-9.]+")
                                        && InetAddress.getByName(host).isLoopbackAddress()));
            } catch (IllegalArgumentException | IOException e) {
                return false;
            }
        }

        /** Which start of the machine this is; empty where it cannot be told. */
        private static String boot() {
            try {
                return Files.readString(BOOT).strip();
            } catch (IOException notLinux) {
                return "";
            }
        }

        @Override
        public History history() {
            return history;
        }

        @Override
        public String runId() {
            return runId;
        }

        @Override
        public RunLog log() {
            return journal;
        }

        @Override
        public IntentLog strays() {
            return journal.ofNoJob();
        }

        @Override
        public void note(String what, Map<String, ?> details) {
            journal.note(what, details);
        }

        @Override
        public Mono<Void> keep(Finished finished) {
            SampleResult result = finished.result();
            return Mono.defer(() -> {
                // First in the journal: a process that is killed between the two leaves a sample that is run again, and
                // not a
                // result that the journal knows nothing of.
                Map<String, Object> note = new LinkedHashMap<>();
                note.put("sample", result.sampleId());
                note.put("epoch", result.epoch());
                note.put("outcome", result.outcome().label());
                String reason = History.reason(result.outcome());
                if (!reason.isEmpty()) {
                    note.put("message", reason);
                }
                journal.note("finished", note);
                byte[] line = RunJson.line(RunJson.result(result));
                return writer.write(() -> {
                    if (finished.output().isPresent()) {
                        output(result, finished.output().get());
                    }
                    results.append(line);
                });
            });
        }

        private void output(SampleResult result, ExecResult output) throws IOException {
            Path of = folder.sample(result.sampleId(), result.epoch());
            Files.write(of.resolve("stdout"), output.stdout().bytes());
            Files.write(of.resolve("stderr"), output.stderr().bytes());
        }

        @Override
        public Mono<Void> close(RunSummary summary) {
            return released(Mono.usingWhen(Mono.just(writer), open -> end(summary), RunWriter::close));
        }

        @Override
        public Mono<Void> abandon() {
            return released(writer.close());
        }

        /** Before the end is told, and not after: whoever hears of it may open the folder again. */
        private Mono<Void> released(Mono<Void> closing) {
            return closing.doOnTerminate(folder::close).doOnCancel(folder::close);
        }

        private Mono<Void> end(RunSummary summary) {
            return Mono.defer(() -> {
                journal.note("run_ended", Map.of("left_over", summary.leftOver().size()));
                return writer.write(
                        () -> folder.replace(RunFolder.SUMMARY, RunJson.document(RunJson.summary(summary))));
            });
        }

        @Override
        public Mono<Throwable> failed() {
            return writer.failed();
        }
    }
}
