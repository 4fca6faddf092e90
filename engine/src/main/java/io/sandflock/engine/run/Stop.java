/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.Outcome;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The order to end a run: whatever runs ends as cancelled, nothing new begins. Given once; the first reason stays. */
public final class Stop {

    private final Sinks.One<String> reason = Sinks.one();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** Ends the run with the outcomes that it has. */
    public void request(String why) {
        // A second reason is refused by the sink: the first one stands.
        reason.tryEmitValue(why);
    }

    /** Ends the run, and has it fail with this once every sandbox is gone; a later failure is added to the first. */
    public void fail(Throwable cause) {
        Throwable first = failure.updateAndGet(before -> before == null ? cause : before);
        request("the run failed: " + (first == null ? cause : first).getMessage());
    }

    /** Why the run fails; {@code null} when it does not. */
    @Nullable
    Throwable failure() {
        return failure.get();
    }

    /** Emits the outcome of everything that is under way when the stop is requested. */
    public Mono<Outcome> outcome() {
        return reason.asMono().map(Outcome.Cancelled::new);
    }
}
