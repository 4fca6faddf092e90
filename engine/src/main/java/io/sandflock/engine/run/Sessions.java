/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How long a run was under way: from each of its starts to the last line that was written before the next. Not thread-safe. */
final class Sessions {

    private Duration ended = Duration.ZERO;
    private @Nullable Instant start = null;
    private @Nullable Instant last = null;

    /** The journal's next line. */
    void follow(JsonNode line) {
        Instant at = instant(line.path("at").asText());
        if (at == null) {
            return;
        }
        String what = line.path("what").asText();
        if (what.equals("run_started") || what.equals("run_resumed")) {
            ended = duration();
            start = at;
        }
        last = at;
    }

    Duration duration() {
        Instant from = start;
        Instant to = last;
        return from == null || to == null || !to.isAfter(from) ? ended : ended.plus(Duration.between(from, to));
    }

    private static @Nullable Instant instant(String text) {
        try {
            return text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeException damaged) {
            return null;
        }
    }
}
