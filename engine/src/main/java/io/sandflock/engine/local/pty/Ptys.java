/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.pty;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.http.HttpError;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The terminals of one sandbox. Thread-safe. */
public final class Ptys {

    private static final int MOST = 100;
    private static final int MAX_ID = 256;

    private final Map<String, Pty> ptys = new LinkedHashMap<>();

    /** Without terminals. */
    public Ptys() {}

    /** Opens a terminal; completes when its shell runs, or at once when that is to wait. 409 for an id that is taken. */
    public Mono<Pty> create(Machine machine, PtySpec spec) {
        return Mono.defer(() -> {
            Pty pty = new Pty(spec, machine, Instant.now());
            keep(pty);
            return spec.lazy()
                    ? Mono.just(pty)
                    : pty.start().doOnError(error -> free(pty)).thenReturn(pty);
        });
    }

    private void keep(Pty pty) {
        if (pty.id().isBlank() || pty.id().length() > MAX_ID) {
            throw HttpError.badRequest("id must have 1 to " + MAX_ID + " characters");
        }
        synchronized (ptys) {
            if (ptys.containsKey(pty.id())) {
                throw HttpError.conflict("PTY session with id '" + pty.id() + "' already exists");
            }
            if (ptys.size() >= MOST) {
                // Those that ended are kept for whoever still wants to know how.
                ptys.values().removeIf(other -> !other.isActive());
            }
            if (ptys.size() >= MOST) {
                throw HttpError.badRequest("the sandbox has " + MOST + " PTY sessions: delete some");
            }
            ptys.put(pty.id(), pty);
        }
    }

    private void free(Pty pty) {
        synchronized (ptys) {
            ptys.remove(pty.id(), pty);
        }
    }

    /** A terminal that exists, whether or not its shell has ended. */
    public Optional<Pty> find(String id) {
        synchronized (ptys) {
            return Optional.ofNullable(ptys.get(id));
        }
    }

    /** All, oldest first. */
    public List<Pty> all() {
        synchronized (ptys) {
            return List.copyOf(ptys.values());
        }
    }

    /** Ends a terminal's session; completes when its processes are gone. The work goes on when the caller cancels. */
    public Mono<Void> delete(Pty pty) {
        // Before its end is told, and not after: whoever hears of it may look.
        return pty.kill().doOnTerminate(() -> free(pty)).cache();
    }

    /** Ends all at the same time. */
    public Mono<Void> deleteAll() {
        return Flux.defer(() -> Flux.fromIterable(all()))
                .flatMap(this::delete, 16, 1)
                .then();
    }
}
