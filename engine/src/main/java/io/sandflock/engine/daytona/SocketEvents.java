/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.StateEvents;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.WebsocketClientSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/**
 * State changes over Socket.IO: Engine.IO 4 on a WebSocket. The platform sends every client the events of the whole organization,
 * so what nobody here waits for is dropped as soon as its id was read.
 *
 * <p>One connection, opened for the first subscriber and closed a while after the last; it comes back by itself with growing,
 * jittered delays.
 */
final class SocketEvents implements StateEvents {

    private static final Logger log = LoggerFactory.getLogger("io.sandflock.wire");
    private static final Duration HANDSHAKE = Duration.ofSeconds(5);
    private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);
    private static final Duration LINGER = Duration.ofSeconds(30);
    private static final int MAX_MESSAGE = 4 << 20;

    private final HttpClient client;
    private final DaytonaSettings settings;
    private final Map<String, Set<FluxSink<Change>>> waiting = new ConcurrentHashMap<>();
    private final Object lock = new Object();

    // Guarded by the lock.
    private int subscribers;
    private @Nullable Disposable connection;
    private @Nullable Disposable closing;
    private boolean closed;

    /** Attempts since the connection last worked. */
    private final AtomicInteger attempts = new AtomicInteger();

    private final AtomicBoolean ready = new AtomicBoolean();

    SocketEvents(HttpClient client, DaytonaSettings settings) {
        this.client = client;
        this.settings = settings;
    }

    /**
     * {@inheritDoc}
     *
     * <p>A subscriber that was there before the connection is told {@link Change#LOST} once it stands. Of changes that come
     * faster than they are asked for, the last is kept.
     */
    @Override
    public Flux<Change> of(String sandboxId) {
        return Flux.create(sink -> attach(sandboxId, sink), FluxSink.OverflowStrategy.LATEST);
    }

    /** Ends the connection and every subscription. */
    void close() {
        Disposable last;
        synchronized (lock) {
            closed = true;
            last = connection;
            connection = null;
            cancelClosing();
        }
        if (last != null) {
            last.dispose();
        }
        waiting.values().forEach(sinks -> sinks.forEach(FluxSink::complete));
    }

    private void attach(String sandboxId, FluxSink<Change> sink) {
        waiting.compute(sandboxId, (id, sinks) -> {
            Set<FluxSink<Change>> set = sinks == null ? ConcurrentHashMap.newKeySet(1) : sinks;
            set.add(sink);
            return set;
        });
        sink.onDispose(() -> detach(sandboxId, sink));
        synchronized (lock) {
            subscribers++;
            cancelClosing();
            if (closed) {
                sink.complete();
            } else if (connection == null) {
                // Owned by this slot: it lives as long as there are subscribers, not as long as the first one.
                connection = connected().subscribe();
            }
        }
    }

    private void detach(String sandboxId, FluxSink<Change> sink) {
        waiting.computeIfPresent(sandboxId, (id, sinks) -> {
            sinks.remove(sink);
            return sinks.isEmpty() ? null : sinks;
        });
        synchronized (lock) {
            subscribers--;
            if (subscribers == 0 && connection != null) {
                closing = Mono.delay(LINGER).doOnNext(tick -> closeIfUnused()).subscribe();
            }
        }
    }

    private void closeIfUnused() {
        Disposable unused = null;
        synchronized (lock) {
            if (subscribers == 0) {
                unused = connection;
                connection = null;
            }
        }
        if (unused != null) {
            unused.dispose();
        }
    }

    /** To be called with the lock held. */
    private void cancelClosing() {
        if (closing != null) {
            closing.dispose();
            closing = null;
        }
    }

    /** Connects for ever. */
    private Mono<Void> connected() {
        return Mono.defer(this::connectOnce)
                .onErrorResume(Exception.class, e -> Mono.fromRunnable(() -> lost(e)))
                .then(Mono.defer(() -> Mono.delay(delay())))
                .repeat()
                .then();
    }

    private Duration delay() {
        int failed = Math.min(attempts.getAndIncrement(), 10);
        long ceiling = Math.min(LONGEST_DELAY.toMillis(), FIRST_DELAY.toMillis() << failed);
        return Duration.ofMillis(
                ThreadLocalRandom.current().nextLong(Math.max(FIRST_DELAY.toMillis(), ceiling / 2), ceiling + 1));
    }

    private void lost(Throwable e) {
        if (ready.getAndSet(false)) {
            log.info("The event socket broke; states are asked for until it is back: {}", e.toString());
            tellAll();
        } else {
            log.debug("The event socket could not be opened: {}", e.toString());
        }
    }

    private void tellAll() {
        waiting.values().forEach(sinks -> sinks.forEach(sink -> sink.next(Change.LOST)));
    }

    private Mono<Void> connectOnce() {
        return client.responseTimeout(HANDSHAKE)
                .headers(headers -> DaytonaPlatform.authorize(headers, settings))
                .websocket(WebsocketClientSpec.builder()
                        .maxFramePayloadLength(MAX_MESSAGE)
                        .build())
                .uri(url())
                .handle(this::converse)
                .then(Mono.error(() -> new IOException("the platform closed it")));
    }

    private URI url() {
        StringBuilder query = new StringBuilder("?EIO=4&transport=websocket&source=")
                .append(DaytonaPlatform.SOURCE)
                .append("&sdkVersion=")
                .append(DaytonaPlatform.SDK_VERSION);
        settings.identity()
                .organizationId()
                .ifPresent(id -> query.append("&organizationId=").append(Call.encode(id)));
        URI api = settings.url();
        return ToolboxSessions.socket(
                URI.create(api.getScheme() + "://" + api.getRawAuthority() + "/api/socket.io/" + query));
    }

    private Flux<Void> converse(WebsocketInbound in, WebsocketOutbound out) {
        SocketSession session = new SocketSession(settings.identity().token(), waiting::containsKey);
        return in.aggregateFrames(MAX_MESSAGE)
                .receive()
                .asString()
                // Each packet buys the time until the next: a server that is alive pings.
                .timeout(Mono.delay(HANDSHAKE), packet -> Mono.delay(session.patience()))
                .concatMap(packet -> answer(session, packet, out), 1);
    }

    private Mono<Void> answer(SocketSession session, String packet, WebsocketOutbound out) {
        SocketSession.Step step = session.on(packet);
        if (step instanceof SocketSession.Send send) {
            return out.sendString(Mono.just(send.packet())).then();
        }
        if (step instanceof SocketSession.Ready) {
            attempts.set(0);
            ready.set(true);
            tellAll();
        } else if (step instanceof SocketSession.Changed changed) {
            tell(changed.sandboxId(), changed.state());
        } else if (step instanceof SocketSession.Refused refused) {
            return Mono.error(new IOException(refused.why()));
        }
        return Mono.empty();
    }

    private void tell(String sandboxId, SandboxState state) {
        Set<FluxSink<Change>> sinks = waiting.get(sandboxId);
        if (sinks != null) {
            sinks.forEach(sink -> sink.next(new Change(state)));
        }
    }
}
