/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.Outcome;
import io.sandflock.engine.limit.Announcement;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The order to end a run: whatever runs ends as cancelled, nothing new begins. Given once; the first reason stays. */
public final class Stop {

    private final Announcement<String> reason = new Announcement<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** Ends the run with the outcomes that it has. */
    public void request(String why) {
        reason.say(why);
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
        return reason.heard().map(Outcome.Cancelled::new);
    }
}
