/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.util.concurrent.atomic.AtomicInteger;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** Counts the requests to the platform made on behalf of a subscriber. Thread-safe. */
public final class RequestMeter {

    private final AtomicInteger requests = new AtomicInteger();

    /** Requests so far. */
    public int requests() {
        return requests.get();
    }

    /** A context with this meter in it; for {@code contextWrite}. */
    public Context putInto(Context context) {
        return context.put(RequestMeter.class, this);
    }

    /** Counts one request on the meter in the context, if there is one. */
    public static void count(ContextView context) {
        RequestMeter meter = context.getOrDefault(RequestMeter.class, null);
        if (meter != null) {
            meter.requests.incrementAndGet();
        }
    }
}
