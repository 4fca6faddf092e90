/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Runs work in sandboxes. Safe for use by several threads; many runs may go on at once and share its limits. */
public interface Engine {

    /**
     * Creates a sandbox, hands it to {@code use}, and deletes it whatever happens. Cold; each subscription has a sandbox of its
     * own.
     *
     * <p>While the platform has no room for another sandbox it waits its turn, with the samples of runs, as long as sandboxes of this
     * engine come and go; see {@link SandboxRequest#createTimeout}.
     *
     * <p>On cancel the work is cancelled and the sandbox is deleted in the background, even when its create was still under
     * way; {@link #closeLater()} waits for that.
     *
     * @param use must not block; the sandbox is gone once its result ended
     * @return what {@code use} emitted, after the sandbox was deleted
     */
    <T> Mono<T> withSandbox(SandboxRequest request, Function<? super Sandbox, ? extends Mono<? extends T>> use);

    /**
     * Runs every sample. Cold; each subscription is a run of its own, so a spec with a folder is subscribed to once.
     *
     * <p>A failed sample is an event, never an error: the flux errors only when the run itself cannot go on, and then after all
     * sandboxes were deleted. On cancel no new sample starts, running ones are cancelled, and their sandboxes are deleted in
     * the background; {@link #closeLater()} waits for that.
     */
    Flux<RunEvent> run(RunSpec spec);

    /**
     * Goes on with the run in the spec's folder, which ended early in whatever way: stopped, failed, or with its process. Cold;
     * subscribed to once.
     *
     * <p>Samples that have a score stay as they are. All others are run: in the sandbox that they had when nothing can have begun
     * in it, else in a new one. What else is left of the run's sandboxes is deleted. The summary is that of the whole run, and every
     * attempt of before is in the results. Otherwise as {@link #run}.
     *
     * <p>Errors with {@link InvalidInputException} before anything is changed: when the spec has no folder or there is no run in it,
     * when another process has it, and when the spec is not the one that the run began with (samples, sandbox, epochs; limits may
     * differ).
     */
    Flux<RunEvent> resume(RunSpec spec);

    /** Sandboxes that exist or are being created or deleted now. */
    int liveSandboxes();

    /**
     * Stops admitting work, cancels what runs, deletes every sandbox and closes all connections. Completes when the last
     * sandbox is gone; errors with what is left when the platform refused.
     */
    Mono<Void> closeLater();
}
