/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import io.sandflock.Secret;
import io.sandflock.engine.local.control.ControlServer;
import java.net.URI;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Objects;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The embedded platform: a server on loopback that speaks Daytona's API, and a substrate that its sandboxes run on. Any client of
 * Daytona's can use it with {@link #url()} and {@link #key()}. Owned by whoever started it: {@link #closeLater()} leaves nothing.
 */
public final class LocalPlatform {

    private static final int KEY_BYTES = 24;

    private final LocalOptions options;
    private final Secret key;
    private final ControlServer server;

    private LocalPlatform(LocalOptions options, Secret key, ControlServer server) {
        this.options = options;
        this.key = key;
        this.server = server;
    }

    /**
     * Opens the substrate and listens. Lazy; each subscription starts a platform of its own. After an error nothing is left; not to
     * be cancelled, since a platform that nobody holds is closed by nobody. Errors with
     * {@link io.sandflock.InvalidInputException} when the port is in use, and with whatever {@link Substrate#open()} says.
     */
    public static Mono<LocalPlatform> start(LocalOptions options) {
        Objects.requireNonNull(options, "options");
        Substrate substrate = options.substrate();
        return key(options)
                .flatMap(key -> substrate
                        .open()
                        .then(ControlServer.start(options, key))
                        .map(server -> new LocalPlatform(options, key, server)))
                .onErrorResume(error -> substrate.closeLater().onErrorComplete().then(Mono.error(error)));
    }

    /** Base URL of the API, for example {@code http://127.0.0.1:41234/api}. */
    public URI url() {
        return server.url();
    }

    /** The bearer key that every request needs. */
    public Secret key() {
        return key;
    }

    /** What it was started with. */
    public LocalOptions options() {
        return options;
    }

    /** What was done so far. */
    public PlatformCounters counters() {
        return server.counters();
    }

    /**
     * Requests that named this sandbox by id or name, its create included. Of deleted sandboxes the last 10,000 are remembered; 0
     * for one that is not known.
     */
    public long requestsOf(String idOrName) {
        return server.requestsOf(idOrName);
    }

    /** Stops listening, destroys all sandboxes and closes the substrate. Lazy; idempotent; not to be cancelled. */
    public Mono<Void> closeLater() {
        return server.closeLater().then(Mono.defer(options.substrate()::closeLater));
    }

    private static Mono<Secret> key(LocalOptions options) {
        // A secure random may wait for the kernel's entropy.
        return Mono.justOrEmpty(options.key())
                .switchIfEmpty(Mono.fromCallable(LocalPlatform::randomKey).subscribeOn(Schedulers.boundedElastic()));
    }

    private static Secret randomKey() {
        byte[] bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Secret.of("local_" + HexFormat.of().formatHex(bytes));
    }
}
