/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.platform.BuildContexts;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.PlatformInfo;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.Sandboxes;
import io.sandflock.engine.platform.Snapshots;
import io.sandflock.engine.platform.StateEvents;
import io.sandflock.engine.platform.Toolbox;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A platform that may have been asked what it is before there was an engine to ask it: whoever asks first gets that answer, or its error. */
final class AskedPlatform implements Platform {

    private final DaytonaSettings settings;
    private final DaytonaPlatform platform;
    private final AtomicReference<@Nullable CompletableFuture<@Nullable PlatformInfo>> asked = new AtomicReference<>();

    private AskedPlatform(DaytonaSettings settings, DaytonaPlatform platform) {
        this.settings = settings;
        this.platform = platform;
    }

    /** Blocks, as {@link DaytonaPlatform#createAhead} does. */
    static AskedPlatform create(DaytonaSettings settings) {
        return new AskedPlatform(settings, DaytonaPlatform.createAhead(settings));
    }

    /** Whether this is what those settings describe. */
    boolean isFor(DaytonaSettings others) {
        return settings.equals(others);
    }

    /** Asks, on the caller's thread; does not wait for the answer. */
    void ask() {
        asked.set(platform.info().toFuture());
    }

    /** Whether it has been asked, and nobody has the answer. */
    boolean isAsked() {
        return asked.get() != null;
    }

    @Override
    public URI url() {
        return platform.url();
    }

    /** An answer is good once: who asks again wants to know what has changed. */
    @Override
    public Mono<PlatformInfo> info() {
        return Mono.defer(() -> {
            CompletableFuture<@Nullable PlatformInfo> early = asked.getAndSet(null);
            return early == null ? platform.info() : Mono.fromFuture(early);
        });
    }

    @Override
    public Sandboxes sandboxes() {
        return platform.sandboxes();
    }

    @Override
    public Snapshots snapshots() {
        return platform.snapshots();
    }

    @Override
    public BuildContexts buildContexts() {
        return platform.buildContexts();
    }

    @Override
    public StateEvents stateEvents() {
        return platform.stateEvents();
    }

    @Override
    public Toolbox toolbox(SandboxInfo sandbox) {
        return platform.toolbox(sandbox);
    }

    @Override
    public Mono<Void> closeLater() {
        return platform.closeLater();
    }
}
