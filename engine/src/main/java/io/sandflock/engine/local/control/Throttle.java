/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.sandflock.engine.local.LocalLimits;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Fixed windows, one per throttler; who exceeds one stays refused until it ends. */
final class Throttle {

    private final Map<String, LocalLimits.Rate> rates;
    private final Map<String, Window> windows = new ConcurrentHashMap<>();
    private final InstantSource clock;

    Throttle(Map<String, LocalLimits.Rate> rates, InstantSource clock) {
        this.rates = rates;
        this.clock = clock;
    }

    /** Counts a request; the headers of its answer. Refuses with 429. */
    Map<String, String> admit(String throttler) {
        LocalLimits.Rate rate = rates.get(throttler);
        if (rate == null) {
            return Map.of();
        }
        long now = clock.millis();
        Window window = windows.compute(throttler, (name, old) -> next(old, now, rate));
        String reset = Long.toString(Math.max(1, (window.end - now + 999) / 1_000));
        Map<String, String> headers = new TreeMap<>();
        headers.put("X-RateLimit-Limit-" + throttler, Integer.toString(rate.limit()));
        headers.put("X-RateLimit-Remaining-" + throttler, Integer.toString(Math.max(0, rate.limit() - window.used)));
        headers.put("X-RateLimit-Reset-" + throttler, reset);
        if (window.used > rate.limit()) {
            headers.put("Retry-After-" + throttler, reset);
            throw new ApiException(429, "ThrottlerException: Too Many Requests", headers);
        }
        return headers;
    }

    private static Window next(@Nullable Window old, long now, LocalLimits.Rate rate) {
        if (old == null || now >= old.end) {
            return new Window(now + rate.window().toMillis(), 1);
        }
        // Never far beyond the limit, so that it cannot overflow.
        return new Window(old.end, Math.min(old.used + 1, rate.limit() + 1));
    }

    private record Window(long end, int used) {}
}
