/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A run: which samples, what to do with them, within which limits.
 *
 * @param eval the eval's name
 * @param samples ids must be unique
 * @param task what is done with each sample
 * @param sandbox the sandbox of samples that name none
 * @param env variables of every sandbox
 * @param epochs how often each sample is run; at least 1
 * @param limits sandboxes, times, retries
 * @param cleanup whether sandboxes are deleted; {@code false} leaves them and reports them
 * @param folder where {@code run.json}, the journal and the results are written; nothing is written when empty
 * @param details written to {@code run.json} as they are; must hold no secrets
 */
public record RunSpec(
        String eval,
        List<Sample> samples,
        SampleTask task,
        SandboxSpec sandbox,
        Map<String, String> env,
        int epochs,
        Limits limits,
        boolean cleanup,
        Optional<Path> folder,
        Map<String, Object> details) {

    /** Refuses duplicate ids and epochs below 1. */
    public RunSpec {
        Objects.requireNonNull(eval, "eval");
        samples = List.copyOf(samples);
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(sandbox, "sandbox");
        env = Map.copyOf(env);
        Objects.requireNonNull(limits, "limits");
        details = Map.copyOf(details);
        if (epochs < 1) {
            throw new IllegalArgumentException("epochs must be at least 1, was " + epochs);
        }
        Set<String> ids = new HashSet<>();
        for (Sample sample : samples) {
            if (!ids.add(sample.id())) {
                throw new IllegalArgumentException("duplicate sample id '" + sample.id() + "'");
            }
        }
    }

    /** A run with all defaults: the platform's default snapshot, one epoch, no folder. */
    public static RunSpec of(String eval, List<Sample> samples, SampleTask task) {
        return new RunSpec(
                eval,
                samples,
                task,
                SandboxSpec.defaultSnapshot(),
                Map.of(),
                1,
                Limits.defaults(),
                true,
                Optional.empty(),
                Map.of());
    }

    /** This run with other limits. */
    public RunSpec withLimits(Limits other) {
        return new RunSpec(eval, samples, task, sandbox, env, epochs, other, cleanup, folder, details);
    }

    /** This run with a folder to write to. */
    public RunSpec withFolder(Path other) {
        return new RunSpec(eval, samples, task, sandbox, env, epochs, limits, cleanup, Optional.of(other), details);
    }

    /**
     * What a run may use.
     *
     * @param maxSandboxes sandboxes at once; at least 1, or {@link #AUTO}; defaults to 16
     * @param createTimeout from the create request until the sandbox is started; defaults to 10 minutes
     * @param sample from the sandbox's start to the outcome, per attempt; defaults to 10 minutes
     * @param run the whole run; empty (the default) is no limit
     * @param retryOnError further attempts after an infrastructure failure; defaults to 1
     * @param failOnError the run is stopped when more samples than this ended as {@code infrastructure_failed}; never when
     *     empty, the default
     */
    public record Limits(
            int maxSandboxes,
            Duration createTimeout,
            Duration sample,
            Optional<Duration> run,
            int retryOnError,
            Optional<Integer> failOnError) {

        /**
         * As many sandboxes as the platform gives quickly: more while creates are granted and fast, fewer when they are refused or slow.
         * Each change is a {@link RunEvent.Concurrency}.
         */
        public static final int AUTO = 0;

        /** Refuses values out of range. */
        public Limits {
            require(maxSandboxes >= 1 || maxSandboxes == AUTO, "maxSandboxes must be at least 1, was " + maxSandboxes);
            require(createTimeout.toMillis() > 0, "createTimeout must be positive, was " + createTimeout);
            require(sample.toMillis() > 0, "the sample limit must be positive, was " + sample);
            require(run.isEmpty() || run.get().toMillis() > 0, "the run limit must be positive, was " + run);
            require(retryOnError >= 0, "retryOnError must not be negative, was " + retryOnError);
            require(
                    failOnError.isEmpty() || failOnError.get() >= 0,
                    "failOnError must not be negative, was " + failOnError);
        }

        /** All defaults. */
        public static Limits defaults() {
            return new Limits(
                    16,
                    SandboxRequest.DEFAULT_CREATE_TIMEOUT,
                    Duration.ofMinutes(10),
                    Optional.empty(),
                    1,
                    Optional.empty());
        }

        /** These limits with another number of sandboxes. */
        public Limits withMaxSandboxes(int other) {
            return new Limits(other, createTimeout, sample, run, retryOnError, failOnError);
        }

        /** Whether the number of sandboxes is found out. */
        public boolean isAuto() {
            return maxSandboxes == AUTO;
        }

        private static void require(boolean holds, String message) {
            if (!holds) {
                throw new IllegalArgumentException(message);
            }
        }
    }
}
