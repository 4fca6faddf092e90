/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.session;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/** One command's log: grows until it is ended, can be read as it is or followed. Thread-safe. */
public final class CommandLog {

    /** Guards the entries of all logs of the sandbox, because room for one is made in another. */
    private final LogRoom room;

    private final Deque<LogEntry> entries = new ArrayDeque<>();
    private final List<Follower> followers = new CopyOnWriteArrayList<>();
    /** How many entries were dropped at the front. */
    private long dropped;

    private volatile boolean ended;

    CommandLog(LogRoom room) {
        this.room = room;
        room.open(this);
    }

    void append(byte marker, byte[] text) {
        if (text.length == 0) {
            return;
        }
        LogEntry entry = new LogEntry(marker, text);
        synchronized (room) {
            entries.addLast(entry);
            room.took(entry);
        }
        followers.forEach(Follower::drain);
    }

    /** Nothing will be appended any more; followers complete once they have read what is there. */
    void end() {
        ended = true;
        followers.forEach(Follower::drain);
    }

    /** Called with the room's lock held. */
    @Nullable
    LogEntry dropOldest() {
        LogEntry oldest = entries.pollFirst();
        dropped += oldest == null ? 0 : 1;
        return oldest;
    }

    /** What is there now. */
    public List<LogEntry> entries() {
        synchronized (room) {
            return new ArrayList<>(entries);
        }
    }

    /**
     * From the first entry on, as it grows, until the command and its output ended or the session did. Cold; a slow subscriber
     * slows nobody down, and what was dropped meanwhile it does not get.
     */
    public Flux<LogEntry> follow() {
        return Flux.create(this::attach, FluxSink.OverflowStrategy.ERROR);
    }

    private void attach(FluxSink<LogEntry> sink) {
        Follower follower = new Follower(sink);
        followers.add(follower);
        sink.onDispose(() -> followers.remove(follower));
        sink.onRequest(n -> follower.drain());
        // An entry appended between reading the log and joining the list would otherwise wait for the next one.
        follower.drain();
    }

    private @Nullable LogEntry at(Follower follower) {
        synchronized (room) {
            long index = Math.max(follower.position, dropped);
            if (index >= dropped + entries.size()) {
                return null;
            }
            follower.position = index + 1;
            return index == dropped ? entries.peekFirst() : nth((int) (index - dropped));
        }
    }

    /** Followers are near the end as a rule, so it is looked for from there. */
    private @Nullable LogEntry nth(int index) {
        var backwards = entries.descendingIterator();
        for (int i = entries.size() - 1; i > index; i--) {
            backwards.next();
        }
        return backwards.next();
    }

    private final class Follower {

        private final FluxSink<LogEntry> sink;
        private final AtomicInteger wanted = new AtomicInteger();
        /** Guarded by the room. */
        private long position;

        Follower(FluxSink<LogEntry> sink) {
            this.sink = sink;
        }

        /** One thread at a time drains; the others leave it a note. */
        void drain() {
            if (wanted.getAndIncrement() != 0) {
                return;
            }
            int missed = 1;
            while (missed != 0) {
                pass();
                missed = wanted.addAndGet(-missed);
            }
        }

        private void pass() {
            // Read before the entries: what was appended before the end must not be lost.
            boolean last = ended;
            while (sink.requestedFromDownstream() > 0 && !sink.isCancelled()) {
                LogEntry entry = at(this);
                if (entry == null) {
                    if (last) {
                        sink.complete();
                    }
                    return;
                }
                sink.next(entry);
            }
        }
    }
}
