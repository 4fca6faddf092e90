/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.testing;

import io.sandflock.engine.local.LocalPlatform;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** A delete that was accepted may still be under way on the platform when the engine has ended. */
public final class Settled {

    private Settled() {}

    /** Sandboxes that are left on the platform: waits up to 20 s for there to be none. */
    public static int left(LocalPlatform platform) {
        return Mono.fromSupplier(() -> platform.counters().live())
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(10)))
                .takeUntil(live -> live == 0)
                .take(Duration.ofSeconds(20))
                .last(0)
                .blockOptional(Duration.ofSeconds(30))
                .orElse(0);
    }
}
