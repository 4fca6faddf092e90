/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import java.util.Map;

/**
 * What the embedded platform did since it was started; a copy of one moment.
 *
 * @param requests by operation, for example {@code sandbox.create}; all toolbox calls are {@code toolbox}
 * @param live sandboxes that exist, those being destroyed included
 * @param created sandboxes inserted
 * @param deleted sandboxes destroyed
 * @param snapshots snapshots inserted by requests
 * @param uploads objects stored
 */
public record PlatformCounters(
        Map<String, Long> requests, int live, long created, long deleted, long snapshots, long uploads) {

    /** Copies the map. */
    public PlatformCounters {
        requests = Map.copyOf(requests);
    }

    /** Requests of one operation. */
    public long requests(String operation) {
        return requests.getOrDefault(operation, 0L);
    }

    /** Requests of all operations. */
    public long totalRequests() {
        return requests.values().stream().mapToLong(Long::longValue).sum();
    }
}
