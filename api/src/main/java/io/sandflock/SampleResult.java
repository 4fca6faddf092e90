/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * One finished sample and epoch.
 *
 * @param sampleId the sample
 * @param epoch from 1
 * @param outcome how it ended
 * @param stages time spent in each stage by the last attempt; a stage that did not happen is missing
 * @param exitCode the command's, when it ended
 * @param attempts every attempt, the last one last; empty when it never started
 * @param requests requests to the platform by all attempts
 * @param sandboxTime time that sandboxes of this sample existed, all attempts
 * @param finishedAt when it ended
 */
public record SampleResult(
        String sampleId,
        int epoch,
        Outcome outcome,
        Map<Stage, Duration> stages,
        OptionalInt exitCode,
        List<Attempt> attempts,
        int requests,
        Duration sandboxTime,
        Instant finishedAt) {

    /** Copies the collections; stages keep the order of {@link Stage}. */
    public SampleResult {
        Objects.requireNonNull(outcome, "outcome");
        EnumMap<Stage, Duration> ordered = new EnumMap<>(Stage.class);
        ordered.putAll(stages);
        stages = Collections.unmodifiableMap(ordered);
        attempts = List.copyOf(attempts);
    }

    /**
     * One try.
     *
     * @param number from 1
     * @param sandbox the sandbox's name; empty when none was asked for
     * @param failure why it did not count; empty for the last attempt of a sample that has an outcome of its own
     */
    public record Attempt(int number, String sandbox, String failure) {}
}
