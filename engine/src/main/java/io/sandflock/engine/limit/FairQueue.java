/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait, by whom they wait for: within one tenant first come, first served; between tenants in turns, so that a run with ten
 * thousand samples does not keep one with ten waiting. Leaving costs the same wherever one stands. Not thread-safe.
 */
final class FairQueue<T> {

    private final Map<Object, LinkedHashSet<T>> waiting = new HashMap<>();
    /** Tenants with somebody waiting, the next first. */
    private final ArrayDeque<Object> turns = new ArrayDeque<>();

    private int size = 0;

    void add(Object tenant, T who) {
        LinkedHashSet<T> queue = waiting.get(tenant);
        if (queue == null) {
            queue = new LinkedHashSet<>();
            waiting.put(tenant, queue);
            turns.addLast(tenant);
        }
        if (queue.add(who)) {
            size++;
        }
    }

    /** The next one; null when nobody waits. */
    @Nullable
    T poll() {
        Object tenant = turns.pollFirst();
        if (tenant == null) {
            return null;
        }
        LinkedHashSet<T> queue = waiting.get(tenant);
        Iterator<T> first = queue == null ? java.util.Collections.emptyIterator() : queue.iterator();
        if (!first.hasNext()) {
            throw new IllegalStateException("a tenant without anybody waiting has a turn");
        }
        T next = first.next();
        first.remove();
        size--;
        if (first.hasNext()) {
            turns.addLast(tenant);
        } else {
            waiting.remove(tenant);
        }
        return next;
    }

    /** Whether it was there. */
    boolean remove(Object tenant, T who) {
        LinkedHashSet<T> queue = waiting.get(tenant);
        if (queue == null || !queue.remove(who)) {
            return false;
        }
        size--;
        if (queue.isEmpty()) {
            waiting.remove(tenant);
            // As many as there are runs: few.
            turns.remove(tenant);
        }
        return true;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }
}
