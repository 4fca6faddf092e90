/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import io.sandflock.engine.local.ImageSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What builds do on the simulated substrate. */
@FunctionalInterface
public interface BuildScript {

    /** Every build succeeds. */
    BuildScript SUCCEEDS = image ->
            new Result(List.of("simulated build of " + image.name() + "\n", "done\n"), Duration.ZERO, Optional.empty());

    /** Asked once for each build; not on a thread that may block. */
    Result build(ImageSpec image);

    /** Every build fails with this reason, after it said this. */
    static BuildScript fails(String reason, String... log) {
        return image -> new Result(List.of(log), Duration.ZERO, Optional.of(reason));
    }

    /**
     * What becomes of one.
     *
     * @param log what it says: all but the last piece at once, that when its time is over
     * @param time how long it takes, beside what all builds take
     * @param failure why it fails; empty when it does not
     */
    record Result(List<String> log, Duration time, Optional<String> failure) {
        /** Copies the log. */
        public Result {
            log = List.copyOf(log);
        }

        /** The same, in this time. */
        public Result in(Duration other) {
            return new Result(log, other, failure);
        }
    }
}
