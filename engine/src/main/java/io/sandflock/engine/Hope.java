/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.TransientException;
import io.sandflock.engine.lease.HeldException;
import io.sandflock.engine.lease.Leases;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.limit.Vacancy;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * How long one that the platform has no room for waits: as long as sandboxes of ours come and go, and then as long again as a create
 * may take. For one at a time; what it asks for may come on any thread.
 */
final class Hope {

    private final Leases leases;
    private final Time time;
    private final Duration most;
    private volatile long heldSince = 0;

    Hope(Engineering engineering, Duration most) {
        this.leases = engineering.leases();
        this.time = engineering.time();
        this.most = most;
    }

    /** Asked for whenever there was no room; the first time counts from now. */
    boolean lasts() {
        if (heldSince == 0) {
            heldSince = time.nanos();
        }
        return time.since(heldSince).compareTo(most) < 0 || leases.sinceRoom().compareTo(most) < 0;
    }

    /** It had room. */
    void renew() {
        heldSince = 0;
    }

    /** A place in the queue for room, if the platform has none; given up, with an error, when nobody comes or goes any more. */
    Mono<Void> room() {
        return Mono.defer(() -> {
            Vacancy vacancy = leases.vacancy();
            return vacancy.isFull() ? Mono.firstWithSignal(vacancy.turn(), end()) : Mono.empty();
        });
    }

    private Mono<Void> end() {
        return time.delay(most).then(Mono.defer(() -> lasts() ? end() : Mono.error(this::noRoom)));
    }

    private HeldException noRoom() {
        return new HeldException(new TransientException(
                ErrorCode.QUOTA_EXCEEDED,
                "the platform had no room for another sandbox, and none of ours was freed for " + most.toSeconds()
                        + " s; stop sandboxes that are not needed, or raise the quota",
                ErrorContext.NONE,
                null));
    }
}
