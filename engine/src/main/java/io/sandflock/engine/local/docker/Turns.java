/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import reactor.core.publisher.Mono;

/** Lets so many pieces of work happen at a time, in the order they came. Thread-safe. */
final class Turns {

    private final Queue<CompletableFuture<Boolean>> waiting = new ArrayDeque<>();
    private int free;

    Turns(int atOnce) {
        this.free = atOnce;
    }

    /** The work, when its turn comes. Cold. A cancel gives the turn up, also while it is waited for. */
    <T> Mono<T> take(Mono<T> work) {
        return Mono.using(
                this::ticket,
                ticket -> Mono.fromFuture(ticket, true).then(work),
                // Before the end is told, so that whoever hears it finds the turn free.
                this::giveUp,
                true);
    }

    private CompletableFuture<Boolean> ticket() {
        CompletableFuture<Boolean> ticket = new CompletableFuture<>();
        synchronized (waiting) {
            if (free == 0) {
                waiting.add(ticket);
                return ticket;
            }
            free--;
        }
        ticket.complete(true);
        return ticket;
    }

    private void giveUp(CompletableFuture<Boolean> ticket) {
        CompletableFuture<Boolean> next;
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
        next.complete(true);
    }
}
