/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A snapshot. What changes is volatile and written by one state change at a time. */
final class SnapshotRow {

    final String id;
    final boolean general;
    final Optional<String> imageName;
    final Optional<CreateRequest.Build> build;
    final List<String> entrypoint;
    final Instant createdAt;

    private final String name;
    private final SandboxRow.Resources resources;

    volatile String state;
    volatile Instant updatedAt;
    volatile @Nullable Instant lastUsedAt;
    volatile @Nullable String errorReason;

    SnapshotRow(
            String id,
            String name,
            boolean general,
            Optional<String> imageName,
            Optional<CreateRequest.Build> build,
            List<String> entrypoint,
            SandboxRow.Resources resources,
            String state,
            Instant createdAt) {
        this.id = id;
        this.name = name;
        this.general = general;
        this.imageName = imageName;
        this.build = build;
        this.entrypoint = List.copyOf(entrypoint);
        this.resources = resources;
        this.state = state;
        this.createdAt = createdAt;
        this.updatedAt = createdAt;
    }

    String name() {
        return name;
    }

    SandboxRow.Resources resources() {
        return resources;
    }

    void used(Instant at) {
        lastUsedAt = at;
    }
}
