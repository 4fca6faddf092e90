/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.sandflock.InvalidInputException;
import io.sandflock.Secret;
import io.sandflock.engine.local.LocalLimits;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.PlatformCounters;
import io.sandflock.engine.local.storage.ObjectStorage;
import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;
import reactor.netty.FutureMono;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** The server on loopback. One per {@link io.sandflock.engine.local.LocalPlatform}. */
public final class ControlServer {

    private static final String LOOPBACK = "127.0.0.1";

    private final LocalOptions options;
    private final Gatekeeper gatekeeper;
    private final ObjectStorage storage;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private volatile @Nullable DisposableServer server;
    private volatile @Nullable Site site;

    private ControlServer(LocalOptions options, Secret key) {
        this.options = options;
        this.gatekeeper = new Gatekeeper(key);
        this.storage = new ObjectStorage(SandboxJson.ORGANIZATION, key, options.limits(), options.clock());
    }

    /** Binds. Lazy; not to be cancelled. Errors with {@link InvalidInputException} when the port is in use. */
    public static Mono<ControlServer> start(LocalOptions options, Secret key) {
        return Mono.fromSupplier(() -> new ControlServer(options, key))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(ControlServer::bind);
    }

    /** Base URL of the API. */
    public URI url() {
        return URI.create("http://" + LOOPBACK + ":" + server().port() + "/api");
    }

    /** What was done so far. */
    public PlatformCounters counters() {
        Site here = site();
        return new PlatformCounters(
                here.counters.byOperation(),
                here.table.live(),
                here.table.created(),
                here.table.deleted(),
                here.snapshots.created(),
                storage.uploads());
    }

    /** Requests that named a sandbox by id or name, its create included; of deleted ones the last thousands are remembered. */
    public long requestsOf(String idOrName) {
        return site().counters.requestsOf(idOrName);
    }

    /** Stops listening, closes all connections and destroys all sandboxes. Lazy; idempotent. */
    public Mono<Void> closeLater() {
        return Mono.defer(() -> {
            DisposableServer listening = server();
            site().close();
            listening.dispose();
            return listening
                    .onDispose()
                    .then(FutureMono.deferFuture(connections::close))
                    .then(site().destroyAll());
        });
    }

    private Mono<ControlServer> bind() {
        LocalLimits limits = options.limits();
        return HttpServer.create()
                .host(LOOPBACK)
                .port(options.port())
                .option(ChannelOption.SO_BACKLOG, 4_096)
                .channelGroup(connections)
                .httpRequestDecoder(
                        spec -> spec.maxInitialLineLength(limits.pathBytes()).maxHeaderSize(limits.headerBytes()))
                .doOnChannelInit((observer, channel, address) -> record(channel))
                .handle(this::handle)
                .bind()
                .onErrorMap(ChannelBindException.class, this::inUse)
                .map(this::bound);
    }

    private void record(Channel channel) {
        options.exchanges()
                .ifPresent(listener -> channel.pipeline()
                        .addBefore(
                                NettyPipeline.ReactiveBridge,
                                "sandflock.recorder",
                                new ExchangeRecorder(listener, options.limits().recordedBodyBytes())));
    }

    private ControlServer bound(DisposableServer bound) {
        server = bound;
        site = new Site(options, gatekeeper, storage, bound.port());
        return this;
    }

    private InvalidInputException inUse(ChannelBindException e) {
        return new InvalidInputException(
                "port " + options.port(),
                "cannot be bound on " + LOOPBACK + " (is another server using it?); choose another one, or 0 for any",
                e);
    }

    private Mono<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        Site here = site;
        // Between the bind and its handler's return nobody knows the port, but somebody may guess it.
        return here == null ? response.status(503).send() : here.handle(request, response);
    }

    private DisposableServer server() {
        return Objects.requireNonNull(server, "server");
    }

    private Site site() {
        return Objects.requireNonNull(site, "site");
    }
}
