/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.engine.local.MachineSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Keeps one sandbox ready: of the kind that was asked for last, for whoever asks for one of that kind next. It has no name, nothing was run
 * in it, and whoever takes it has it alone; what is not taken within a time is removed. It is made once the first command of the
 * last one has ended, so that it takes nothing from the start of the sandbox that it takes the place of.
 */
final class Spares {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.local");

    private final Duration kept;
    private final Scheduler blocking;
    // Of all that was made, what nobody took and what is not removed yet.
    private final Set<Housing> owned = ConcurrentHashMap.newKeySet();
    // Held by whoever makes or removes one, which takes its time.
    private final Object work = new Object();
    // The rest is guarded by this, with which nothing is waited for.
    private @Nullable Spare spare;
    private Disposable idle = Disposables.disposed();
    private boolean making;
    private boolean closed;

    /**
     * Nothing is kept yet.
     *
     * @param kept how long one is kept; none is when this is nothing
     * @param blocking where sandboxes are made and removed
     */
    Spares(Duration kept, Scheduler blocking) {
        this.kept = kept;
        this.blocking = blocking;
    }

    /** What a spec has in common with those of all sandboxes of its kind: all but the id. */
    static MachineSpec kind(MachineSpec spec) {
        return spec.withId("");
    }

    /**
     * The one that is kept, for the caller alone, who removes it; null when there is none of this kind. Blocks while it is being made, which
     * was begun before another could be.
     */
    @Nullable
    Housing take(MachineSpec kind) {
        Spare taken;
        synchronized (this) {
            taken = spare;
            if (taken == null || !taken.kind.equals(kind)) {
                return null;
            }
            spare = null;
            idle.dispose();
        }
        Housing housing = taken.made.join().orElse(null);
        if (housing == null) {
            return null;
        }
        if (!housing.isAlive()) {
            inBackground(() -> remove(housing));
            return null;
        }
        return owned.remove(housing) ? housing : null;
    }

    /** Removes one that was taken and is of no use; blocks. */
    void giveBack(Housing broken) {
        owned.add(broken);
        remove(broken);
    }

    /** A sandbox of this kind has done its first work, and another may follow. One is made at a time: whoever comes meanwhile is not served. */
    void want(MachineSpec kind, Supplier<Housing> unmade) {
        synchronized (this) {
            if (closed || making || kept.isZero()) {
                return;
            }
            making = true;
        }
        if (!inBackground(() -> make(kind, unmade))) {
            isMade();
        }
    }

    private synchronized void isMade() {
        making = false;
    }

    private Disposable after(Duration time, Runnable task) {
        // Not on the timer's own worker: who cancels a timer would interrupt what it began.
        return Mono.delay(time).subscribe(tick -> {
            // What is not removed for want of a thread is removed when this closes.
            inBackground(task);
        });
    }

    private boolean inBackground(Runnable task) {
        try {
            blocking.schedule(task);
            return true;
        } catch (RejectedExecutionException e) {
            LOG.debug("no thread to keep a sandbox ready: {}", e.getMessage());
            return false;
        }
    }

    private void make(MachineSpec kind, Supplier<Housing> unmade) {
        synchronized (work) {
            try {
                Spare mine = new Spare(kind);
                Spare before = put(mine);
                if (before == mine) {
                    return;
                }
                if (before != null) {
                    before.made.join().ifPresent(this::remove);
                }
                make(mine, unmade.get());
            } finally {
                isMade();
            }
        }
    }

    private void make(Spare mine, Housing housing) {
        owned.add(housing);
        try {
            housing.startUnnamed();
            mine.made.complete(Optional.of(housing));
        } catch (IOException | RuntimeException e) {
            // The next one is made when it is asked for, and whoever asks is told of what is wrong with that.
            LOG.debug("no sandbox is kept ready: {}", e.getMessage());
            clear(mine);
            mine.made.complete(Optional.empty());
            remove(housing);
        }
    }

    // Returns the one before it, and itself when it is not to be made.
    private synchronized @Nullable Spare put(Spare mine) {
        Spare now = spare;
        if (closed) {
            return mine;
        }
        idle.dispose();
        if (now != null && now.kind.equals(mine.kind)) {
            idle = after(kept, () -> drop(now));
            return mine;
        }
        spare = mine;
        idle = after(kept, () -> drop(mine));
        return now;
    }

    private synchronized boolean clear(Spare mine) {
        boolean isThere = spare == mine;
        if (isThere) {
            spare = null;
            idle.dispose();
        }
        return isThere;
    }

    private void drop(Spare unused) {
        if (clear(unused)) {
            unused.made.join().ifPresent(this::remove);
        }
    }

    private void remove(Housing housing) {
        try {
            end(housing);
        } catch (IOException e) {
            LOG.warn("a sandbox that was kept ready is removed later: {}", e.getMessage());
        }
    }

    // Whoever takes it out of what is owned has it alone.
    private void end(Housing housing) throws IOException {
        synchronized (work) {
            if (owned.remove(housing)) {
                boolean isGone = false;
                try {
                    housing.remove();
                    isGone = true;
                } finally {
                    if (!isGone) {
                        owned.add(housing);
                    }
                }
            }
        }
    }

    /** Removes what is kept and keeps nothing from now on; blocks. Errors when something is left, which another call tries again. */
    void close() throws IOException {
        synchronized (this) {
            closed = true;
            idle.dispose();
            spare = null;
        }
        synchronized (work) {
            for (Housing housing : Set.copyOf(owned)) {
                end(housing);
            }
        }
    }

    /** One that is made, or is being made. */
    private static final class Spare {
        final MachineSpec kind;
        final CompletableFuture<Optional<Housing>> made = new CompletableFuture<>();

        Spare(MachineSpec kind) {
            this.kind = kind;
        }
    }
}
