/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import java.time.Duration;

/**
 * How executions speak to a sandbox.
 *
 * @param hold how long the sandbox holds a request before it answers "still running". Below the idle cuts of proxies, which come
 *     after 60 s and more; resolution: ms
 * @param margin what a request may take beyond {@code hold}: first the server's timeout fires, and as much later the client's.
 *     At least 12 s, since a timeout inside the sandbox takes 5 s for its grace
 * @param chunk most bytes of each stream in one answer
 * @param recovery how long failing requests are repeated before the outcome counts as unknown
 * @param backoff upper bound of the first pause between repeats; pauses are random and double up to 5 s
 * @param killWithin how long a kill in the background may take
 * @param replayHorizon how long after its last answer a request can be replayed by a proxy
 */
public record ExecSettings(
        Duration hold,
        Duration margin,
        int chunk,
        Duration recovery,
        Duration backoff,
        Duration killWithin,
        Duration replayHorizon) {

    /** 20 s, 15 s, 1 MiB, 2 min, 200 ms, 1 min, 5 min. */
    public static final ExecSettings DEFAULT = new ExecSettings(
            Duration.ofSeconds(20),
            Duration.ofSeconds(15),
            1 << 20,
            Duration.ofMinutes(2),
            Duration.ofMillis(200),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5));

    /** Refuses what cannot work. */
    public ExecSettings {
        if (hold.compareTo(Duration.ofMillis(10)) < 0 || hold.compareTo(Duration.ofSeconds(55)) > 0) {
            throw new IllegalArgumentException("hold must be between 10 ms and 55 s, was " + hold);
        }
        if (margin.compareTo(Duration.ofSeconds(12)) < 0) {
            throw new IllegalArgumentException("margin must be at least 12 s, was " + margin);
        }
        if (chunk < 1024 || chunk > 4 << 20) {
            throw new IllegalArgumentException("chunk must be between 1 KiB and 4 MiB, was " + chunk);
        }
        if (recovery.isNegative() || backoff.isNegative() || killWithin.isNegative() || replayHorizon.isNegative()) {
            throw new IllegalArgumentException("durations must not be negative");
        }
    }

    /** These settings with another hold. */
    public ExecSettings withHold(Duration other) {
        return new ExecSettings(other, margin, chunk, recovery, backoff, killWithin, replayHorizon);
    }

    /** These settings with another largest part. */
    public ExecSettings withChunk(int other) {
        return new ExecSettings(hold, margin, other, recovery, backoff, killWithin, replayHorizon);
    }

    /** These settings with another time and first pause for repeats. */
    public ExecSettings withRecovery(Duration time, Duration firstPause) {
        return new ExecSettings(hold, margin, chunk, time, firstPause, killWithin, replayHorizon);
    }
}
