/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * How simulated sandboxes behave.
 *
 * @param seed of all randomness: the same seed gives the same times to the same sequence of operations
 * @param latencies of what is named; nothing of what is not
 * @param script what commands do
 * @param images whether builds of images and snapshots are accepted; they build nothing
 * @param keepRuns whether the executions of destroyed sandboxes stay countable; costs about 100 bytes each
 * @param builds what builds say and come to
 */
public record SimulatedOptions(
        long seed,
        Map<Operation, Latency> latencies,
        CommandScript script,
        boolean images,
        boolean keepRuns,
        BuildScript builds) {

    /** No delays, no commands, no images; runs are kept. */
    public static final SimulatedOptions DEFAULT =
            new SimulatedOptions(1, Map.of(), CommandScript.NONE, false, true, BuildScript.SUCCEEDS);

    /** Copies the map. */
    public SimulatedOptions {
        latencies = Map.copyOf(latencies);
        Objects.requireNonNull(script, "script");
        Objects.requireNonNull(builds, "builds");
    }

    /** What takes time. */
    public enum Operation {
        /** Making a machine. */
        CREATE,
        /** Starting a stopped one. */
        START,
        /** Stopping. */
        STOP,
        /** Destroying. */
        DESTROY,
        /** Starting a process. */
        SPAWN,
        /** Building an image. */
        BUILD
    }

    /** These options with this seed. */
    public SimulatedOptions withSeed(long number) {
        return new SimulatedOptions(number, latencies, script, images, keepRuns, builds);
    }

    /** These options with this latency. */
    public SimulatedOptions with(Operation operation, Latency latency) {
        Map<Operation, Latency> all = new EnumMap<>(Operation.class);
        all.putAll(latencies);
        all.put(operation, latency);
        return new SimulatedOptions(seed, all, script, images, keepRuns, builds);
    }

    /** These options with this script. */
    public SimulatedOptions withScript(CommandScript commands) {
        return new SimulatedOptions(seed, latencies, commands, images, keepRuns, builds);
    }

    /** These options with images. */
    public SimulatedOptions withImages() {
        return new SimulatedOptions(seed, latencies, script, true, keepRuns, builds);
    }

    /** These options without counting the runs of sandboxes that are gone. */
    public SimulatedOptions withoutKeptRuns() {
        return new SimulatedOptions(seed, latencies, script, images, false, builds);
    }

    /** These options with images whose builds do this. */
    public SimulatedOptions withBuilds(BuildScript other) {
        return new SimulatedOptions(seed, latencies, script, true, keepRuns, other);
    }
}
