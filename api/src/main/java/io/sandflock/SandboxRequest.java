/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * A sandbox for {@link Engine#withSandbox}.
 *
 * @param spec which one
 * @param task the task's name, part of the sandbox's name
 * @param sample the sample's id, part of the sandbox's name
 * @param env variables of the sandbox
 * @param labels added to the engine's own, which win
 * @param createTimeout from the first request until the sandbox is started; at least 1 ms. While the platform has no room, from the
 *     last sandbox of the engine's that came or went
 */
public record SandboxRequest(
        SandboxSpec spec,
        String task,
        String sample,
        Map<String, String> env,
        Map<String, String> labels,
        Duration createTimeout) {

    /** Ten minutes: a first start may pull the snapshot to a new runner. */
    public static final Duration DEFAULT_CREATE_TIMEOUT = Duration.ofMinutes(10);

    /** Copies the maps and refuses a timeout below 1 ms. */
    public SandboxRequest {
        Objects.requireNonNull(spec, "spec");
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(sample, "sample");
        env = Map.copyOf(env);
        labels = Map.copyOf(labels);
        if (createTimeout.toMillis() < 1) {
            throw new IllegalArgumentException("createTimeout must be at least 1 ms, was " + createTimeout);
        }
    }

    /** A sandbox with all defaults. */
    public static SandboxRequest of(SandboxSpec spec) {
        return new SandboxRequest(spec, "", "", Map.of(), Map.of(), DEFAULT_CREATE_TIMEOUT);
    }
}
