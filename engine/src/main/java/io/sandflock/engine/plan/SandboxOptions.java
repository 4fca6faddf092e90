/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.plan;

import io.sandflock.engine.platform.CreateSandbox;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the create request says of a sandbox beside what it is made from. What is empty is left to the platform, or to the engine.
 *
 * @param user OS user
 * @param env variables of the sandbox; values may be secret
 * @param labels added to the engine's own, which win
 * @param networkBlockAll no network but loopback
 * @param networkAllowList CIDRs, comma-separated
 * @param isPublic previews without token
 * @param ephemeral deleted when it stops
 * @param language hint for the platform's language features
 * @param createTimeout for the creation call alone
 * @param resources what it may use
 * @param intervals minutes after which the platform acts by itself, where the user said so
 */
public record SandboxOptions(
        Optional<String> user,
        Map<String, String> env,
        Map<String, String> labels,
        boolean networkBlockAll,
        Optional<String> networkAllowList,
        boolean isPublic,
        boolean ephemeral,
        Optional<String> language,
        Optional<Duration> createTimeout,
        CreateSandbox.Resources resources,
        CreateSandbox.Intervals intervals) {

    /** Nothing asked for. */
    public static final SandboxOptions NONE = new SandboxOptions(
            Optional.empty(),
            Map.of(),
            Map.of(),
            false,
            Optional.empty(),
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            CreateSandbox.Resources.DEFAULT,
            CreateSandbox.Intervals.DEFAULT);

    /** Copies the maps, in their order. */
    public SandboxOptions {
        env = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(env));
        labels = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    }

    /** Never the variables. */
    @Override
    public String toString() {
        return "SandboxOptions[" + resources + ", " + env.size() + " variables]";
    }
}
