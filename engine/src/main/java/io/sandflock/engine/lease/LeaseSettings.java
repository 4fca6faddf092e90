/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import java.time.Duration;
import java.util.List;

/**
 * Times of a sandbox's life. The defaults follow what the platform is known to do.
 *
 * @param createCall until a create call that is not answered is looked into by the sandbox's name; 60 s
 * @param call until any other call is given up and tried again; 70 s, so that a client that gives up after 60 s is heard first: its error
 *     says more
 * @param release until a sandbox that cannot be deleted is reported as left over; 5 minutes, since a state change that
 *     forbids the delete may take minutes
 * @param adopt how long "not found" is not believed of a name that is known to exist; 60 s, the age of the platform's cache
 * @param late how long after it was given up a create may still be carried out; the engine's close waits for it; 5 s
 * @param firstPoll jittered wait before the second look at a sandbox that starts; 250 ms, times 1.3 with each look
 * @param longestPoll the longest such wait; 2 s
 * @param heardPoll the first wait while state events arrive; 5 s
 */
public record LeaseSettings(
        Duration createCall,
        Duration call,
        Duration release,
        Duration adopt,
        Duration late,
        Duration firstPoll,
        Duration longestPoll,
        Duration heardPoll) {

    /** Refuses times that are not positive. */
    public LeaseSettings {
        for (Duration time : List.of(createCall, call, release, adopt, late, firstPoll, longestPoll, heardPoll)) {
            if (time.isZero() || time.isNegative()) {
                throw new IllegalArgumentException("the times of a lease must be positive, was " + time);
            }
        }
    }

    /** All defaults. */
    public static LeaseSettings defaults() {
        return new LeaseSettings(
                Duration.ofSeconds(60),
                Duration.ofSeconds(70),
                Duration.ofMinutes(5),
                Duration.ofSeconds(60),
                Duration.ofSeconds(5),
                Duration.ofMillis(250),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5));
    }

    /** These settings with another time for the release. */
    public LeaseSettings withRelease(Duration other) {
        return new LeaseSettings(createCall, call, other, adopt, late, firstPoll, longestPoll, heardPoll);
    }
}
