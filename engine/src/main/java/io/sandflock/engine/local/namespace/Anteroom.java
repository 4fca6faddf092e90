/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.engine.local.process.HostProcesses;
import io.sandflock.engine.local.process.Launch;
import io.sandflock.engine.local.process.Standby;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one shell stands by for a sandbox's next command, as long as the sandbox runs: outside of all its namespaces, so that nothing in the
 * sandbox sees it, and within its cgroups, for which a process waits until all processors came to rest once.
 */
final class Anteroom {

    /** Shells that stand by on one host. Who is late starts its commands without. */
    static final int MOST_STANDBYS = 64;

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.local");

    private final Semaphore room;
    private final List<String> argv;
    private final Standby.Terms terms;
    private final AtomicReference<@Nullable Standby> waiting = new AtomicReference<>();
    private volatile boolean closed;

    /**
     * Nobody stands by until it is filled.
     *
     * @param room what is left of {@link #MOST_STANDBYS}
     * @param argv the shell
     * @param env the variables of a command that has none of its own
     * @param told names of those that differ from sandbox to sandbox
     */
    Anteroom(Semaphore room, List<String> argv, Map<String, String> env, Set<String> told) {
        this.room = room;
        this.argv = argv;
        this.terms = new Standby.Terms(env, told, false);
    }

    /** Starts a shell when none stands by and there is room; blocks for as long as a process takes to start. */
    void fill() {
        fill(argv, terms);
    }

    /**
     * As {@link #fill()}, with a shell that went into the sandbox already. For one where nothing was run yet that could see it: whatever its first
     * command is, that shell is gone, or has become it, when the command begins.
     *
     * @param way leads into the sandbox
     */
    void fillWithin(List<String> way) {
        fill(way, new Standby.Terms(terms.env(), terms.told(), true));
    }

    private synchronized void fill(List<String> command, Standby.Terms of) {
        if (closed || waiting.get() != null || !room.tryAcquire()) {
            return;
        }
        try {
            waiting.set(HostProcesses.standBy(command, of));
        } catch (IOException | RuntimeException e) {
            room.release();
            // A command is started without; if that cannot be either, it says so.
            LOG.debug("no shell stands by for a command: {}", e.getMessage());
        }
    }

    /** The shell that stands by, for this command alone: it may not fit. Null when there is none, or it fits not but may stay. */
    @Nullable
    Standby take(Launch launch) {
        Standby standby = waiting.get();
        if (standby == null || !(standby.isWithin() || standby.fits(launch)) || !waiting.compareAndSet(standby, null)) {
            return null;
        }
        room.release();
        return standby;
    }

    /** Nobody stands by any more, nor will again. Returns what may block until that is so. */
    synchronized Runnable close() {
        closed = true;
        Standby left = waiting.getAndSet(null);
        if (left == null) {
            return () -> {};
        }
        room.release();
        left.end();
        return left::awaitEnd;
    }
}
