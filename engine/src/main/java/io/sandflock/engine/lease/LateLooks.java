/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.engine.limit.Backoff;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.CreateSandbox;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One more look for the sandbox of each create whose outcome was ever open, some time after its lease was released. A platform may
 * carry out such a create after the same request once more was answered, used and deleted, and the name is free again: nobody holds
 * that sandbox. Thread-safe.
 */
final class LateLooks {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.lease");
    private static final Backoff TROUBLE = new Backoff(4, Duration.ofMillis(250), Duration.ofSeconds(5));

    private final Creation creation;
    private final Deletion deletion;
    private final LeaseSettings settings;
    private final Time time;
    private final Set<Mono<Void>> ahead = ConcurrentHashMap.newKeySet();
    private final Sinks.Empty<Void> ending = Sinks.empty();

    LateLooks(Creation creation, Deletion deletion, LeaseSettings settings, Time time) {
        this.creation = creation;
        this.deletion = deletion;
        this.settings = settings;
        this.time = time;
    }

    /**
     * Looks after {@link LeaseSettings#adopt()}, when what the platform remembers of the name is forgotten; at the end sooner, but not
     * before the create is {@linkplain LeaseSettings#late() too late}.
     *
     * @param since when the create was given up, of {@link Time#nanos()}
     */
    void later(CreateSandbox asked, long since) {
        Mono<Void> atTheEnd = ending.asMono()
                .then(Mono.defer(() -> time.delay(atLeastZero(settings.late().minus(time.since(since))))));
        Mono<Void> look = Mono.firstWithSignal(time.delay(longer(settings.adopt(), settings.late())), atTheEnd)
                .then(Mono.defer(() -> look(asked)))
                .cache();
        ahead.add(look);
        // Its owner is the set, which finish() waits for: the one who asked for the sandbox is gone.
        look.doFinally(signal -> ahead.remove(look)).subscribe();
    }

    /** Has every look happen soon; completes when all are over. Never errors: what cannot be deleted is left over. */
    Mono<Void> finish() {
        return Mono.defer(() -> {
            ending.tryEmitEmpty();
            return Mono.when(Set.copyOf(ahead));
        });
    }

    private static Duration atLeastZero(Duration time) {
        return longer(time, Duration.ZERO);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    /** Only what is found is deleted, and by its id. */
    private Mono<Void> look(CreateSandbox asked) {
        return creation.findAnywhere(asked)
                .retryWhen(TROUBLE.on(time))
                .flatMap(found -> deletion.delete(found.id(), found.name(), IntentLog.NONE))
                .then()
                .onErrorResume(error -> Mono.fromRunnable(() -> LOG.warn(
                        "the create of sandbox {} was not answered, and it could not be looked for what it may have made: {};"
                                + " 'sandflock cleanup' removes it",
                        asked.name(),
                        error.toString())));
    }
}
