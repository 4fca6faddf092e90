/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.nio.file.Path;
import java.util.Optional;

/** What {@link Engine#run} emits, in the order in which it happens. */
public sealed interface RunEvent {

    /**
     * The first event.
     *
     * @param runId hexadecimal; on every sandbox of the run as the label {@code inspect_run_id}
     * @param total samples times epochs
     * @param folder where the run is written
     */
    record Started(String runId, int total, Optional<Path> folder) implements RunEvent {}

    /**
     * The second event of a run that goes on.
     *
     * @param finished samples and epochs that have their outcome already
     * @param adopted sandboxes that are used on
     * @param removed sandboxes of before that are deleted
     */
    record Resumed(int finished, int adopted, int removed) implements RunEvent {}

    /** A sample's attempt entered a stage. */
    record StageEntered(String sampleId, int epoch, int attempt, Stage stage) implements RunEvent {}

    /** An attempt failed for a reason of the infrastructure and another one follows. */
    record Retrying(String sampleId, int epoch, int attempt, ErrorCode code, String message) implements RunEvent {}

    /** The platform asked everybody to slow down. */
    record RateLimited(String budget, long waitMillis) implements RunEvent {}

    /**
     * Another number of sandboxes at once, of a run that finds it out.
     *
     * @param from the number before
     * @param to the number from now on
     * @param reason why, for people
     */
    record Concurrency(int from, int to, String reason) implements RunEvent {}

    /**
     * How a snapshot that samples wait for is getting on.
     *
     * @param snapshot its name
     * @param state the platform's word for its state
     * @param log what its build has said since the last such event; empty when only the state is new
     */
    record SnapshotProgress(String snapshot, String state, String log) implements RunEvent {}

    /** Something that a person should know, once. */
    record Warning(String message) implements RunEvent {}

    /** A sample ended. */
    record Finished(SampleResult result) implements RunEvent {}

    /** The last event, after every sandbox is gone, or was left on purpose. */
    record Ended(RunSummary summary) implements RunEvent {}
}
