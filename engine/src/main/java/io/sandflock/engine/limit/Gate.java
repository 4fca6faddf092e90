/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Lets a number of things happen at once and queues the others, first come, first served. Nothing waits with a thread.
 *
 * <p>A {@link Ticket} is made synchronously, before anything can be cancelled, and returned in whatever state it is: a permit
 * granted in the same moment as its taker is cancelled is never lost. Leaving the queue costs the same wherever one stands.
 *
 * <p>Grants are made outside the lock and one after the other, so that a chain of tickets that are returned at once does not
 * grow the stack. Thread-safe.
 */
public final class Gate {

    private final Object lock = new Object();
    /** In the order of their arrival; removal is O(1). Guarded by {@code lock}. */
    private final LinkedHashSet<Ticket> waiting = new LinkedHashSet<>();

    private int limit; // guarded by lock
    private int held; // guarded by lock

    private final Queue<Ticket> granted = new ConcurrentLinkedQueue<>();
    private final AtomicInteger granting = new AtomicInteger();

    /** @param limit how many permits there are; at least 1 */
    public Gate(int limit) {
        this.limit = requirePositive(limit);
    }

    /** A place for one; it is in the queue only once {@link Ticket#admitted()} was subscribed to. */
    public Ticket ticket() {
        return new Ticket();
    }

    /** Changes the number of permits. When it shrinks, those who hold one keep it, and nobody follows until there is room. */
    public void resize(int permits) {
        synchronized (lock) {
            limit = requirePositive(permits);
            admitWaiting();
        }
        drain();
    }

    /** The number of permits. */
    public int limit() {
        synchronized (lock) {
            return limit;
        }
    }

    /** Permits that are held now. */
    public int held() {
        synchronized (lock) {
            return held;
        }
    }

    /** Tickets that wait now. */
    public int waiting() {
        synchronized (lock) {
            return waiting.size();
        }
    }

    private void admitWaiting() {
        ArrayDeque<Ticket> next = new ArrayDeque<>();
        for (var iterator = waiting.iterator(); held < limit && iterator.hasNext(); ) {
            Ticket ticket = iterator.next();
            iterator.remove();
            ticket.state = State.HELD;
            held++;
            next.add(ticket);
        }
        // Inside the lock: what is granted first is also told first.
        granted.addAll(next);
    }

    /** One thread at a time tells; a ticket returned by the one that is told only adds to the queue. */
    private void drain() {
        if (granting.getAndIncrement() != 0) {
            return;
        }
        int missed = 1;
        do {
            for (Ticket ticket = granted.poll(); ticket != null; ticket = granted.poll()) {
                ticket.told.tryEmitEmpty();
            }
            missed = granting.addAndGet(-missed);
        } while (missed != 0);
    }

    private static int requirePositive(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("a gate needs at least 1 permit, was " + limit);
        }
        return limit;
    }

    private enum State {
        NEW,
        WAITING,
        HELD,
        RETURNED
    }

    /** One place in the queue, then one permit. For {@code Mono.usingWhen}: made synchronously, returned whatever happens. */
    public final class Ticket {

        private final Sinks.Empty<Void> told = Sinks.empty();
        private State state = State.NEW; // guarded by lock

        private Ticket() {}

        /**
         * Queues on the first subscription; completes once the permit is held, maybe on the thread of the one that returned
         * it. Never completes for a ticket that was returned before. On cancel the place is kept: {@link #release()} leaves it.
         */
        public Mono<Void> admitted() {
            return Mono.defer(() -> {
                boolean grant;
                synchronized (lock) {
                    grant = state == State.NEW;
                    if (grant) {
                        state = State.WAITING;
                        waiting.add(this);
                        admitWaiting();
                    }
                }
                if (grant) {
                    drain();
                }
                return told.asMono();
            });
        }

        /** Leaves the queue, or returns the permit; does nothing the second time. */
        public void release() {
            synchronized (lock) {
                State before = state;
                state = State.RETURNED;
                if (before == State.WAITING) {
                    waiting.remove(this);
                    return;
                }
                if (before != State.HELD) {
                    return;
                }
                held--;
                admitWaiting();
            }
            drain();
        }
    }
}
