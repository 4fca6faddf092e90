/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.net.URI;
import reactor.core.publisher.Mono;

/**
 * A platform that sandboxes can be had from. All methods that return a {@code Mono} or {@code Flux} are cold. Errors are
 * {@link io.sandflock.SandflockException}s, classified by status <em>and</em> message; nothing is retried beneath the caller,
 * except that a call may be sent again when it provably never left this machine.
 *
 * <p>Each call counts itself on the {@link RequestMeter} in the subscriber's context, if there is one.
 */
public interface Platform {

    /** Where the platform is. */
    URI url();

    /** What the platform says of itself; needs no key. */
    Mono<PlatformInfo> info();

    /** Sandboxes. */
    Sandboxes sandboxes();

    /** Snapshots. */
    Snapshots snapshots();

    /** Build contexts. */
    BuildContexts buildContexts();

    /** State changes as they happen. */
    StateEvents stateEvents();

    /** The daemon in one sandbox. Makes no request. */
    Toolbox toolbox(SandboxInfo sandbox);

    /** Closes all connections; calls under way fail. */
    Mono<Void> closeLater();
}
