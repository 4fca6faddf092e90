/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Requests by operation and by sandbox. */
final class Counters {

    /** So many deleted sandboxes are remembered: enough for a test, and no leak in a server that runs for weeks. */
    private static final int REMEMBERED = 10_000;

    private final Map<String, LongAdder> byOperation = new ConcurrentHashMap<>();
    private final Map<String, Integer> ofDeleted = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > 2 * REMEMBERED;
        }
    };
    private final SandboxTable table;

    Counters(SandboxTable table) {
        this.table = table;
    }

    /** Counts a request that names this sandbox by id or name, if it names one. */
    void count(String operation, String idOrName) {
        byOperation.computeIfAbsent(operation, any -> new LongAdder()).increment();
        if (!idOrName.isEmpty()) {
            table.peek(idOrName).ifPresent(row -> row.requests.incrementAndGet());
        }
    }

    /** Keeps what a sandbox was asked when it goes. */
    void remember(SandboxRow row) {
        synchronized (ofDeleted) {
            ofDeleted.put(row.id, row.requests.get());
            ofDeleted.put(row.name, row.requests.get());
        }
    }

    long requestsOf(String idOrName) {
        return table.peek(idOrName).map(row -> (long) row.requests.get()).orElseGet(() -> deleted(idOrName));
    }

    Map<String, Long> byOperation() {
        Map<String, Long> sums = new java.util.TreeMap<>();
        byOperation.forEach((operation, sum) -> sums.put(operation, sum.sum()));
        return sums;
    }

    private long deleted(String idOrName) {
        synchronized (ofDeleted) {
            return ofDeleted.getOrDefault(idOrName, 0);
        }
    }
}
