/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.engine.lease.HeldException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Names for one sample's sandboxes. One that the platform refused is asked for once more: should the request have been delivered twice,
 * and carried out once, there is no second sandbox beside the one that it made, but this one is found. Thread-safe.
 */
final class NextName {

    private final Supplier<String> fresh;
    private final AtomicReference<String> refused = new AtomicReference<>("");

    NextName(Supplier<String> fresh) {
        this.fresh = fresh;
    }

    String take() {
        String again = refused.getAndSet("");
        return again.isEmpty() ? fresh.get() : again;
    }

    /** Says that there was no room for it. */
    void held(HeldException held) {
        if (!held.unused().isEmpty()) {
            refused.set(held.unused());
        }
    }
}
