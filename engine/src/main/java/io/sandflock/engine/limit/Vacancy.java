/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Whether the platform has room for another sandbox, as far as it said. Once it refused one for its quota, whoever wants a sandbox waits
 * in a queue, without a place and without a timer, until one of ours is freed: each that is freed lets one through. Now and then one is
 * let through all the same, since room may be made by others; when that one is granted, more follow. Thread-safe.
 */
public final class Vacancy {

    private static final Duration FIRST_LOOK = Duration.ofSeconds(1);
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(30);
    /** Who follows the one that found room. */
    private static final int FOLLOW = 2;

    private final Time time;
    private final CopyOnWriteArrayList<Pacer.PauseListener> listeners = new CopyOnWriteArrayList<>();

    private final Object lock = new Object();
    // All guarded by lock.
    private final FairQueue<Seeker> waiting = new FairQueue<>();
    private boolean full = false;
    /** Whether the one that was let through last was to find out. */
    private boolean looking = false;

    private int looks = 0;
    private @Nullable Disposable timer = null;

    /** Room, until the platform says otherwise. */
    public Vacancy(Time time) {
        this.time = time;
    }

    /** Completes at once while there may be room, else when it is one's turn to try. On cancel the place is given up. */
    public Mono<Void> turn() {
        return Mono.deferContextual(context -> {
            Seeker seeker = new Seeker(Pacer.tenant(context));
            synchronized (lock) {
                if (!full) {
                    return Mono.empty();
                }
                waiting.add(seeker.tenant, seeker);
                look();
            }
            return seeker.told.asMono().doOnCancel(() -> leave(seeker));
        });
    }

    /** Whether the platform refused a sandbox for its quota, and has not shown yet that there is room again. */
    public boolean isFull() {
        synchronized (lock) {
            return full;
        }
    }

    /** Those who wait. */
    public int waiting() {
        synchronized (lock) {
            return waiting.size();
        }
    }

    /** The platform refused a sandbox for its quota. */
    public void refused() {
        boolean news;
        synchronized (lock) {
            news = !full;
            full = true;
            looking = false;
            look();
        }
        if (news) {
            listeners.forEach(listener -> listener.paused("quota", FIRST_LOOK));
        }
    }

    /** The platform granted a sandbox. */
    public void granted() {
        let(() -> {
            looks = 0;
            return full && looking ? FOLLOW : 0;
        });
    }

    /** A sandbox of ours is gone. */
    public void freed() {
        let(() -> full ? 1 : 0);
    }

    /** Is told when the quota turns out to be used up, until {@link #forget}. Must not block. */
    public void listen(Pacer.PauseListener listener) {
        listeners.add(listener);
    }

    /** Ends {@link #listen}. */
    public void forget(Pacer.PauseListener listener) {
        listeners.remove(listener);
    }

    private void leave(Seeker seeker) {
        synchronized (lock) {
            waiting.remove(seeker.tenant, seeker);
        }
    }

    /** @param number how many are let through; asked for under the lock */
    private void let(java.util.function.IntSupplier number) {
        List<Seeker> through = new ArrayList<>();
        synchronized (lock) {
            int most = number.getAsInt();
            for (Seeker next = most > 0 ? waiting.poll() : null;
                    next != null;
                    next = most > 0 ? waiting.poll() : null) {
                through.add(next);
                most--;
            }
            // One that was freed and that nobody waits for is room.
            if (full && most > 0 && waiting.isEmpty()) {
                full = false;
            }
        }
        through.forEach(seeker -> seeker.told.tryEmitEmpty());
    }

    /** Under the lock. */
    private void look() {
        if (timer == null && !waiting.isEmpty()) {
            Duration most = FIRST_LOOK.multipliedBy(1L << Math.min(looks, 5));
            Duration wait = most.compareTo(LONGEST_LOOK) < 0 ? most : LONGEST_LOOK;
            timer = time.scheduler()
                    .schedule(
                            this::looked, time.between(wait.dividedBy(2), wait).toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void looked() {
        let(() -> {
            timer = null;
            looks++;
            looking = true;
            return 1;
        });
        synchronized (lock) {
            look();
        }
    }

    private static final class Seeker {

        final Object tenant;
        final Sinks.Empty<Void> told = Sinks.empty();

        Seeker(Object tenant) {
            this.tenant = tenant;
        }
    }
}
