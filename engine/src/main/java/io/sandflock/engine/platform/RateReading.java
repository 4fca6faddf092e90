/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * What one answer of the platform said of a rate limit. Counted by the platform in fixed windows, the one that asked included.
 *
 * @param budget which limit
 * @param limit calls in a window
 * @param remaining calls left in this window
 * @param reset until the window ends, counted from when the call came in; rounded up by up to a second
 */
public record RateReading(Budget budget, int limit, int remaining, Duration reset) {

    /** What the platform counts apart. */
    public enum Budget {
        /** Creating sandboxes. */
        CREATE,
        /** Deleting, starting and stopping them. */
        LIFECYCLE,
        /** Listing them. */
        LISTING,
        /** Everything else of the control plane. */
        GENERAL
    }

    /** A limit that is known before the first call. */
    public record Rate(int limit, Duration window) {}

    /** A context whose calls tell this listener what their answers say; for {@code contextWrite}. Must not block. */
    public static Context told(Context context, Consumer<RateReading> listener) {
        return context.put(RateReading.class, listener);
    }

    /** The listener in this context. */
    @SuppressWarnings("unchecked") // told() is the only one to put something under this key
    public static @Nullable Consumer<RateReading> listener(ContextView context) {
        return (Consumer<RateReading>) context.getOrDefault(RateReading.class, null);
    }
}
