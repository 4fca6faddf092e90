/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Durations and counts as people read them, always with their unit. */
final class Text {

    /** No locale: the same text as for the one without a language, for which the JVM loads its locale data first. */
    static final @Nullable Locale PLAIN = null;

    private Text() {}

    /** {@code 850 ms}, {@code 4.2 s}, {@code 3m 05s}, {@code 2h 04m}. */
    static String of(Duration duration) {
        long millis = duration.toMillis();
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            return String.format(PLAIN, "%.1f s", millis / 1_000.0);
        }
        if (millis < 3_600_000) {
            return String.format(PLAIN, "%dm %02ds", millis / 60_000, millis / 1_000 % 60);
        }
        return String.format(PLAIN, "%dh %02dm", millis / 3_600_000, millis / 60_000 % 60);
    }

    /** {@code 1 sample}, {@code 3 samples}. */
    static String count(long number, String singular) {
        return number + " " + singular + (number == 1 ? "" : singular.endsWith("x") ? "es" : "s");
    }
}
