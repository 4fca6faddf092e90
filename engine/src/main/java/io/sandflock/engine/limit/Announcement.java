/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A word to everybody, said once. Thread-safe.
 *
 * <p>Not a shared {@code Sinks.One}: it copies the list of who listens whenever one comes or goes, and here that are all samples of a
 * run, a hundred thousand of them.
 */
public final class Announcement<T> {

    private final AtomicReference<@Nullable T> said = new AtomicReference<>();
    private final Set<MonoSink<T>> listeners = ConcurrentHashMap.newKeySet();

    /** Tells all who listen, on the calling thread. The first word stands; later ones are dropped. */
    public void say(T word) {
        if (said.compareAndSet(null, Objects.requireNonNull(word, "word"))) {
            listeners.forEach(listener -> tell(listener, word));
        }
    }

    /** Emits the word once it is said, at once when it was. Lazy; on cancel it is forgotten who listened. */
    public Mono<T> heard() {
        return Mono.create(listener -> {
            listeners.add(listener);
            listener.onDispose(() -> listeners.remove(listener));
            // Looked at after it was added: it is told by this, or by who says it, or by both of them.
            T before = said.get();
            if (before != null) {
                tell(listener, before);
            }
        });
    }

    /** How many listen. */
    int listeners() {
        return listeners.size();
    }

    /** Forgotten first: whoever is told may go on for long. A second word is no news to a MonoSink. */
    private void tell(MonoSink<T> listener, T word) {
        listeners.remove(listener);
        listener.success(word);
    }
}
