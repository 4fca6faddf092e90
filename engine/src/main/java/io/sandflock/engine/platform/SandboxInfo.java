/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A sandbox as the platform described it.
 *
 * @param id never blank
 * @param name unique in the organization among live sandboxes
 * @param state what the engine makes of {@code rawState}
 * @param rawState the state's name on the wire
 * @param errorReason why it failed
 * @param labels all labels
 * @param snapshot the snapshot that it was made from
 * @param target region
 * @param user the OS user
 * @param cpu vCPUs
 * @param memoryGib GiB
 * @param toolboxUrl base of the toolbox, without the sandbox's id; empty when the platform did not say
 * @param createdAt when it was created
 */
public record SandboxInfo(
        String id,
        String name,
        SandboxState state,
        String rawState,
        Optional<String> errorReason,
        Map<String, String> labels,
        Optional<String> snapshot,
        String target,
        String user,
        double cpu,
        double memoryGib,
        Optional<String> toolboxUrl,
        Optional<Instant> createdAt) {

    /** Refuses blank ids and copies the labels. */
    public SandboxInfo {
        if (Objects.requireNonNull(id, "id").isBlank()) {
            throw new IllegalArgumentException("a sandbox's id must not be blank");
        }
        Objects.requireNonNull(name, "name");
        labels = Map.copyOf(labels);
    }

    /** The same, with the very map and name of the request that asked for it where they are equal: one of each is kept, not two. */
    public SandboxInfo sharing(CreateSandbox request) {
        return new SandboxInfo(
                id,
                request.name().equals(name) ? request.name() : name,
                state,
                rawState,
                errorReason,
                request.labels().equals(labels) ? request.labels() : labels,
                snapshot,
                target,
                user,
                cpu,
                memoryGib,
                toolboxUrl,
                createdAt);
    }
}
