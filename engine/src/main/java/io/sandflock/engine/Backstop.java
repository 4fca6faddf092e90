/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.engine.plan.SandboxOptions;
import io.sandflock.engine.platform.CreateSandbox.Intervals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * What the platform does by itself should this process die: it stops the sandbox when its time is over, and deletes what is stopped.
 * A user's own intervals are honoured, but never those that switch it off: such a sandbox would be there, and be paid for, until
 * somebody finds it.
 */
final class Backstop {

    private Backstop() {}

    /**
     * @param life the longest that the sandbox is used without a word to the platform
     * @param keep whether the sandbox is to outlive the run: then there is nothing to guard, and the user's word is the last
     */
    static Intervals of(SandboxOptions options, Duration life, boolean keep) {
        Intervals given = options.intervals();
        int minutes = (int) Math.min(Integer.MAX_VALUE, (life.toSeconds() + 59) / 60);
        if (keep) {
            OptionalInt stop = given.autoStop().isPresent() ? given.autoStop() : OptionalInt.of(minutes);
            return new Intervals(stop, given.autoArchive(), given.autoDelete());
        }
        return new Intervals(
                OptionalInt.of(isNever(given) ? minutes : given.autoStop().orElse(minutes)),
                given.autoArchive(),
                OptionalInt.of(isNeverDeleted(given) ? 0 : given.autoDelete().orElse(0)));
    }

    /** What a user is told of intervals that are not honoured. */
    static List<String> warnings(SandboxOptions options) {
        List<String> warnings = new ArrayList<>();
        if (isNever(options.intervals())) {
            warnings.add(
                    "auto_stop_interval 0 would leave the sandbox running should this process die: it is stopped when its time"
                            + " is over all the same; --no-cleanup honours it");
        }
        if (isNeverDeleted(options.intervals())) {
            warnings.add(
                    "an auto_delete_interval below 0 would leave the stopped sandbox should this process die: it is deleted all"
                            + " the same; --no-cleanup honours it");
        }
        return warnings;
    }

    private static boolean isNever(Intervals given) {
        return given.autoStop().isPresent() && given.autoStop().getAsInt() <= 0;
    }

    private static boolean isNeverDeleted(Intervals given) {
        return given.autoDelete().isPresent() && given.autoDelete().getAsInt() < 0;
    }
}
