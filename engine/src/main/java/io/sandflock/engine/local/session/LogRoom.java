/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.session;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The memory that one sandbox's logs may take together. When it is full the oldest lines of the oldest command are dropped, so that
 * a command which writes without end costs its own sandbox's log and nobody's memory. Guarded by itself.
 */
final class LogRoom {

    /** Bytes, with {@link #ENTRY} for each entry. */
    static final long LIMIT = 32L << 20;

    private static final int ENTRY = 64;

    private final Deque<CommandLog> logs = new ArrayDeque<>();
    private long used;

    synchronized void open(CommandLog log) {
        logs.addLast(log);
    }

    /** Called with this room's lock held. */
    void took(LogEntry entry) {
        used += entry.text().length + ENTRY;
        while (used > LIMIT && !logs.isEmpty()) {
            LogEntry dropped = logs.getFirst().dropOldest();
            if (dropped == null) {
                logs.removeFirst();
            } else {
                used -= dropped.text().length + ENTRY;
            }
        }
    }

    synchronized void forget(CommandLog log) {
        logs.remove(log);
        for (LogEntry dropped = log.dropOldest(); dropped != null; dropped = log.dropOldest()) {
            used -= dropped.text().length + ENTRY;
        }
    }
}
