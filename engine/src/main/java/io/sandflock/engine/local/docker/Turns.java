/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import java.util.ArrayDeque;
import java.util.Queue;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Lets so many pieces of work happen at a time, in the order they came. Thread-safe. */
final class Turns {

    private final Queue<Ticket> waiting = new ArrayDeque<>();
    private int free;

    Turns(int atOnce) {
        this.free = atOnce;
    }

    /** The work, when its turn comes. Cold. A cancel gives the turn up, also while it is waited for. */
    <T> Mono<T> take(Mono<T> work) {
        return Mono.using(
                this::ticket,
                ticket -> ticket.comes.asMono().then(work),
                // Before the end is told, so that whoever hears it finds the turn free.
                this::giveUp,
                true);
    }

    /** As {@link #take}. */
    <T> Flux<T> many(Flux<T> work) {
        return Flux.using(this::ticket, ticket -> ticket.comes.asMono().thenMany(work), this::giveUp, true);
    }

    private Ticket ticket() {
        Ticket ticket = new Ticket();
        synchronized (waiting) {
            if (free == 0) {
                waiting.add(ticket);
                return ticket;
            }
            free--;
        }
        ticket.comes.tryEmitEmpty().orThrow();
        return ticket;
    }

    private void giveUp(Ticket ticket) {
        Ticket next;
        synchronized (waiting) {
            if (waiting.remove(ticket)) {
                return;
            }
            next = waiting.poll();
            if (next == null) {
                free++;
                return;
            }
        }
        next.comes.tryEmitEmpty().orThrow();
    }

    private static final class Ticket {
        private final Sinks.Empty<Void> comes = Sinks.empty();
    }
}
