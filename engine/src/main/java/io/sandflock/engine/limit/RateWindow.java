/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import io.sandflock.engine.platform.RateReading;
import java.time.Duration;

/**
 * The platform's fixed window as seen from here: how many calls are left in it, and when it ends. Calls are spread over what is left of
 * the window, because one too many blocks everybody until it ends. Not thread-safe; times are of {@link Time#nanos()}.
 *
 * <p>After a time without calls the first quarter of a window goes at once: few calls need not wait at all.
 *
 * <p>The platform's window starts with the first call after the last one ended, which we know only by what answers say: seconds,
 * rounded up, counted from when the call came in. So the end is the earliest that any answer of the window allows, plus the time that a
 * call may have been on its way; and one call in a hundred is kept back for what is counted into the old window all the same.
 */
final class RateWindow {

    /** What a call may have been on its way to the platform. */
    private static final long UNDER_WAY = Duration.ofMillis(100).toNanos();
    /** How far the calls may be behind their schedule and catch up: timers are late, and calls come when they come. */
    private static final long CATCH_UP = Duration.ofMillis(50).toNanos();

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private int limit;
    private long length;
    /** False before the first call, and after a window ended: the next call starts one. */
    private boolean running = false;

    private long start;
    private long end;
    private int left;
    /** Calls that go at once. */
    private int atOnce = 0;

    private long next = Long.MIN_VALUE;
    /** The latest call of this window whose answer was read. */
    private long readCall = -1;

    RateWindow(int limit, Duration length) {
        this.limit = Math.max(1, limit);
        this.length = Math.max(1, length.toNanos());
    }

    int limit() {
        return limit;
    }

    /** Until a call may be made; 0 for now. */
    long waitOf(long now) {
        if (running && now >= end) {
            running = false;
        }
        if (!running) {
            return 0;
        }
        return left > 0 ? Math.max(0, next - now) : end - now;
    }

    /** A call is made, {@link #waitOf} having said 0. */
    void take(long now) {
        if (!running) {
            begin(now);
        }
        left--;
        if (atOnce > 0) {
            atOnce--;
            return;
        }
        // Never more than twice as fast as evenly: a burst at the window's end would be counted into the next one.
        long gap = Math.max(Math.max(0, end - now) / (left + 1L), length / limit / 2);
        next = Math.max(next, now - CATCH_UP) + gap;
    }

    private void begin(long now) {
        running = true;
        atOnce = next == Long.MIN_VALUE || now - end > SECOND ? limit / 4 : 0;
        start = now;
        end = now + length + UNDER_WAY;
        left = usable();
        next = now;
        readCall = -1;
    }

    private int usable() {
        return limit - limit / 100;
    }

    /**
     * @param call the number of the call, which grows
     * @param sent when it was sent
     * @param since calls sent after it, or about to be
     */
    void learn(RateReading reading, long call, long sent, int since, long now) {
        if (reading.limit() >= 1) {
            limit = reading.limit();
        }
        long reset = reading.reset().toNanos();
        length = Math.max(length, reset);
        long latest = sent + reset + UNDER_WAY;
        // Of a window that is over, or of another call's time: it says nothing of what is left now.
        if (latest <= now || (running && sent < start) || call <= readCall) {
            return;
        }
        if (!running) {
            begin(sent);
        }
        readCall = call;
        end = Math.max(Math.min(end, latest), sent + reset - SECOND);
        left = Math.max(0, reading.remaining() - limit / 100 - since);
    }

    /** The platform refused a call for so long: nothing is left until then. */
    void blocked(long now, long wait) {
        running = true;
        start = Math.min(start, now);
        end = now + wait;
        left = 0;
        atOnce = 0;
    }

    /** The length of a window, as far as it is known. */
    Duration length() {
        return Duration.ofNanos(length);
    }
}
