/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.sandflock.engine.local.http.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;
import reactor.util.concurrent.Queues;

/** State events over Socket.IO 5 on Engine.IO 4, by WebSocket alone, as the hosted platform offers them. */
final class EventSocket {

    private static final Duration PING = Duration.ofSeconds(25);
    private static final Duration PONG = Duration.ofSeconds(20);
    private static final int LARGEST_FRAME = 64 << 10;
    /** A client that is so many events behind is cut off: it has to look at the sandboxes themselves then. */
    private static final int MOST_WAITING = 16_384;

    private final Gatekeeper gatekeeper;
    private final Events events;

    EventSocket(Gatekeeper gatekeeper, Events events) {
        this.gatekeeper = gatekeeper;
        this.events = events;
    }

    Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        Map<String, List<String>> query = new QueryStringDecoder(request.uri()).parameters();
        if (!query.getOrDefault("EIO", List.of()).contains("4")
                || !query.getOrDefault("transport", List.of()).contains("websocket")) {
            throw ApiException.badRequest("only Engine.IO 4 over WebSocket is spoken here: EIO=4&transport=websocket");
        }
        WebsocketServerSpec spec = WebsocketServerSpec.builder()
                .maxFramePayloadLength(LARGEST_FRAME)
                .build();
        return response.sendWebsocket(this::serve, spec);
    }

    private Mono<Void> serve(WebsocketInbound in, WebsocketOutbound out) {
        return Mono.using(
                Client::new,
                client -> {
                    Mono<Void> read = in.aggregateFrames(LARGEST_FRAME)
                            .receive()
                            .asString(StandardCharsets.UTF_8)
                            .timeout(PING.plus(PONG))
                            .concatMap(client::received, 1)
                            .then();
                    Mono<Void> write = out.sendString(client.outgoing()).then();
                    return Mono.firstWithSignal(read, write).onErrorComplete();
                },
                Client::close);
    }

    /** One connection. Events come from many threads; its lock makes them one line. */
    private final class Client implements Events.Listener {

        private final Sinks.Many<String> queue = Sinks.many()
                .unicast()
                .onBackpressureBuffer(Queues.<String>get(MOST_WAITING).get());
        private final String id = SandboxTable.newId();

        Flux<String> outgoing() {
            ObjectNode open = Json.object().put("sid", id);
            open.putArray("upgrades");
            open.put("pingInterval", PING.toMillis()).put("pingTimeout", PONG.toMillis());
            open.put("maxPayload", LARGEST_FRAME);
            return queue.asFlux()
                    .mergeWith(Flux.interval(PING).onBackpressureDrop().map(tick -> "2"))
                    .takeUntil(text -> text.startsWith("44"))
                    .startWith("0" + text(open));
        }

        Mono<Void> received(String packet) {
            if (packet.startsWith("40")) {
                String json = packet.substring(2);
                return Json.parse((json.isEmpty() ? "{}" : json).getBytes(StandardCharsets.UTF_8))
                        .doOnNext(this::connect)
                        .then();
            }
            // Pongs keep the connection; a client's own close and disconnect end it. Other packets mean nothing here.
            return packet.equals("1") || packet.startsWith("41")
                    ? Mono.error(new ApiException(400, "closed by the client"))
                    : Mono.empty();
        }

        private void connect(JsonNode auth) {
            if (gatekeeper.isKey(auth.path("token").asText(""))) {
                send("40" + text(Json.object().put("sid", id)));
                events.add(this);
            } else {
                send("44" + text(Json.object().put("message", "Invalid credentials")));
            }
        }

        @Override
        public void onEvent(String name, ObjectNode payload) {
            send("42[\"" + name + "\"," + text(payload) + "]");
        }

        private synchronized void send(String packet) {
            if (queue.tryEmitNext(packet) == Sinks.EmitResult.FAIL_OVERFLOW) {
                queue.tryEmitError(new ApiException(429, "the client does not keep up"));
            }
        }

        void close() {
            events.remove(this);
        }

        private static String text(JsonNode json) {
            return new String(Json.bytes(json), StandardCharsets.UTF_8);
        }
    }
}
