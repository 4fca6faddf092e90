/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.handler.codec.http.HttpHeaders;
import io.sandflock.engine.platform.RateReading;
import io.sandflock.engine.platform.RateReading.Budget;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/** {@code X-RateLimit-Limit-<throttler>}, {@code -Remaining-} and {@code -Reset-}: what an answer says of the limits. */
final class RateHeaders {

    private static final String LIMIT = "x-ratelimit-limit-";
    /** By the throttler's name in headers and, without its hyphen and in lower case, in {@code /config}. */
    private static final Map<String, Budget> BUDGETS = Map.of(
            "sandboxcreate", Budget.CREATE,
            "sandboxlifecycle", Budget.LIFECYCLE,
            "sandboxlist", Budget.LISTING,
            "authenticated", Budget.GENERAL);

    private RateHeaders() {}

    /** The budget of a throttler, if it is one that we know. */
    static @Nullable Budget budget(String throttler) {
        return BUDGETS.get(throttler.replace("-", "").toLowerCase(Locale.ROOT));
    }

    /** Tells who listens in this context. */
    static void tell(ContextView context, HttpHeaders headers) {
        Consumer<RateReading> listener = RateReading.listener(context);
        if (listener == null) {
            return;
        }
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.startsWith(LIMIT)) {
                RateReading reading = reading(name.substring(LIMIT.length()), header.getValue(), headers);
                if (reading != null) {
                    listener.accept(reading);
                }
            }
        }
    }

    private static @Nullable RateReading reading(String throttler, String limit, HttpHeaders headers) {
        Budget budget = budget(throttler);
        int most = number(limit);
        int remaining = number(headers.get("X-RateLimit-Remaining-" + throttler));
        int reset = number(headers.get("X-RateLimit-Reset-" + throttler));
        return budget == null || most < 1 || remaining < 0 || reset < 0
                ? null
                : new RateReading(budget, most, remaining, Duration.ofSeconds(reset));
    }

    /** -1 for what is no number that can be meant. */
    private static int number(@Nullable String text) {
        return text != null && text.strip().matches("\\d{1,9}") ? Integer.parseInt(text.strip()) : -1;
    }
}
