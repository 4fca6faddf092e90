/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.session;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.http.HttpError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The sessions of one sandbox. Thread-safe. */
public final class Sessions {

    private static final int MAX_SESSIONS = 1000;
    private static final int MAX_ID = 256;
    private static final String ENTRYPOINT = "entrypoint";

    private final LogRoom room = new LogRoom();
    /** A name that is taken while its shell starts has no session yet. */
    private final Map<String, Optional<Session>> sessions = new LinkedHashMap<>();

    /** Without sessions. */
    public Sessions() {}

    /** Creates a session; emits once its shell runs. 400 for the reserved or a malformed id, 409 for one that is taken. */
    public Mono<Session> create(Machine machine, String id) {
        return Mono.defer(() -> {
            reserve(id);
            // Cached: a client that goes away leaves a session that can be found and deleted, not a shell that nobody
            // knows.
            return Session.start(id, machine, room, newId())
                    .doOnNext(session -> keep(id, session))
                    .doOnError(error -> free(id))
                    .cache();
        });
    }

    /** An id that no one else has; random, and no secret. */
    public static String newId() {
        // SecureRandom may block an event loop; a session's command is protected by the server's key, not by its id.
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = (random.nextLong() & ~0xf000L) | 0x4000L;
        long low = (random.nextLong() & ~(3L << 62)) | (1L << 63);
        return new UUID(high, low).toString();
    }

    private void reserve(String id) {
        if (id.equals(ENTRYPOINT)) {
            throw HttpError.badRequest("session id '" + ENTRYPOINT + "' is reserved");
        }
        if (id.isBlank() || id.length() > MAX_ID) {
            throw HttpError.badRequest("session id must have 1 to " + MAX_ID + " characters");
        }
        synchronized (sessions) {
            if (sessions.containsKey(id)) {
                throw HttpError.conflict("session already exists");
            }
            if (sessions.size() >= MAX_SESSIONS) {
                throw HttpError.badRequest("the sandbox has " + MAX_SESSIONS + " sessions: delete some");
            }
            sessions.put(id, Optional.empty());
        }
    }

    private void keep(String id, Session session) {
        synchronized (sessions) {
            sessions.put(id, Optional.of(session));
        }
    }

    private void free(String id) {
        synchronized (sessions) {
            sessions.remove(id);
        }
    }

    /** A session that runs. */
    public Optional<Session> find(String id) {
        synchronized (sessions) {
            return sessions.getOrDefault(id, Optional.empty());
        }
    }

    /** All, oldest first. */
    public List<Session> all() {
        synchronized (sessions) {
            return sessions.values().stream().flatMap(Optional::stream).toList();
        }
    }

    /** Ends a session; completes when its processes are gone. The work goes on when the caller cancels. */
    public Mono<Void> delete(Session session) {
        // Before its end is told, and not after: whoever hears of it may look.
        return session.delete().doOnTerminate(() -> free(session.id())).cache();
    }

    /** Ends all at once and at the same time. */
    public Mono<Void> deleteAll() {
        return Flux.defer(() -> Flux.fromIterable(all()))
                .flatMap(this::delete, 16, 1)
                .then();
    }
}
