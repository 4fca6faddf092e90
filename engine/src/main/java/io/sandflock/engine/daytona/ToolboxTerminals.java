/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.sandflock.ErrorCode;
import io.sandflock.PermanentException;
import io.sandflock.SandflockException;
import io.sandflock.TransientException;
import io.sandflock.engine.platform.RequestMeter;
import io.sandflock.engine.platform.Toolbox.TerminalCall;
import io.sandflock.engine.platform.Toolbox.TerminalEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.WebsocketClientSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/** {@code /process/pty}. */
final class ToolboxTerminals {

    private static final Logger LOG = LoggerFactory.getLogger("io.sandflock.wire");

    /** Below the 60 s after which some load balancers cut a quiet connection. */
    private static final Duration PING = Duration.ofSeconds(25);

    private static final int FRAME = 1 << 20;
    /** The daemon reads messages of 64 KiB at most. */
    private static final int MESSAGE = 32 << 10;

    private final ToolboxHttp http;

    ToolboxTerminals(ToolboxHttp http) {
        this.http = http;
    }

    /** Opened, connected to, and deleted whatever happens: its id is ours, so it can be deleted also when the answer was lost. */
    Flux<TerminalEvent> open(TerminalCall terminal, Publisher<ByteBuffer> input, Mono<Void> hangUp) {
        return Flux.usingWhen(
                Mono.just(terminal),
                opened -> create(opened).thenMany(connect(opened, input).takeUntilOther(hangUp)),
                opened -> delete(opened.id()),
                (opened, error) -> giveUp(opened.id()),
                opened -> giveUp(opened.id()));
    }

    /** Nobody is there to be told of an error, and a sandbox that goes away at the same time takes its terminals with it. */
    private Mono<Void> giveUp(String id) {
        return delete(id).onErrorResume(error -> {
            LOG.debug("the terminal {} was not deleted", id, error);
            return Mono.empty();
        });
    }

    Mono<Void> resize(String id, int cols, int rows) {
        return Mono.defer(() -> http.success(
                        http.call(HttpMethod.POST, path(id) + "/resize").json(Map.of("cols", cols, "rows", rows)))
                .then());
    }

    private Mono<Void> create(TerminalCall terminal) {
        return Mono.defer(() -> {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("id", terminal.id());
            terminal.cwd().ifPresent(cwd -> body.put("cwd", cwd));
            body.put("envs", terminal.env());
            body.put("cols", terminal.cols());
            body.put("rows", terminal.rows());
            body.put("lazyStart", true);
            return http.success(http.call(HttpMethod.POST, "/process/pty").json(body))
                    .then();
        });
    }

    private Mono<Void> delete(String id) {
        return http.located(http.call(HttpMethod.DELETE, path(id)))
                .flatMap(call -> http.exchange(call).flatMap(answer -> deleted(call, answer)));
    }

    private static Mono<Void> deleted(Call call, Answer answer) {
        if (answer.isSuccess()) {
            return Mono.empty();
        }
        SandflockException failure = Failures.of(call, answer);
        return failure.code() == ErrorCode.NOT_FOUND ? Mono.empty() : Mono.error(failure);
    }

    private Flux<TerminalEvent> connect(TerminalCall terminal, Publisher<ByteBuffer> input) {
        return Flux.deferContextual(context -> {
            RequestMeter.count(context);
            return http.located(http.call(HttpMethod.GET, path(terminal.id()) + "/connect"))
                    .flatMapMany(call -> http.client()
                            .responseTimeout(call.within())
                            .websocket(WebsocketClientSpec.builder()
                                    .maxFramePayloadLength(FRAME)
                                    .build())
                            .uri(ToolboxSessions.socket(call.uri()))
                            .handle((in, out) -> converse(call, in, out, input))
                            .onErrorMap(e -> Failures.transport(call, e)));
        });
    }

    private static Publisher<TerminalEvent> converse(
            Call call, WebsocketInbound in, WebsocketOutbound out, Publisher<ByteBuffer> input) {
        Flux<WebSocketFrame> typed = Flux.from(input)
                .concatMapIterable(ToolboxTerminals::messages, 1)
                .map(bytes -> new BinaryWebSocketFrame(Unpooled.wrappedBuffer(bytes)));
        Flux<WebSocketFrame> pings = Flux.interval(PING).onBackpressureDrop().map(tick -> new PingWebSocketFrame());
        // Each message at once: a person waits for what he types.
        Mono<Void> sent = out.sendObject(Flux.merge(1, typed, pings), frame -> true)
                .then()
                .onErrorComplete();
        Flux<TerminalEvent> shown = in.receiveFrames()
                .filter(frame -> frame.content().isReadable() && !(frame instanceof PingWebSocketFrame))
                .concatMap(frame -> event(call, frame), 1)
                .concatWith(in.receiveCloseStatus()
                        .map(status -> ended(call, status.code(), status.reasonText()))
                        .switchIfEmpty(Mono.error(() -> cut(call, -1))));
        return shown.takeUntilOther(sent.then(Mono.never()));
    }

    private static Iterable<byte[]> messages(ByteBuffer buffer) {
        java.util.List<byte[]> messages = new java.util.ArrayList<>();
        ByteBuffer rest = buffer.duplicate();
        while (rest.hasRemaining()) {
            byte[] bytes = new byte[Math.min(MESSAGE, rest.remaining())];
            rest.get(bytes);
            messages.add(bytes);
        }
        return messages;
    }

    private static Mono<TerminalEvent> event(Call call, WebSocketFrame frame) {
        byte[] bytes = new byte[frame.content().readableBytes()];
        frame.content().readBytes(bytes);
        if (!(frame instanceof TextWebSocketFrame) || bytes[0] != '{') {
            return Mono.just(new TerminalEvent.Output(bytes));
        }
        JsonNode control = Json.tree(bytes);
        if (!control.path("type").asText().equals("control")) {
            return Mono.just(new TerminalEvent.Output(bytes));
        }
        return control.path("status").asText().equals("error")
                ? Mono.error(() -> new PermanentException(
                        ErrorCode.EXEC_FAILED,
                        "the sandbox could not open a terminal: "
                                + Failures.excerpt(control.path("error").asText("no reason was given")),
                        Failures.context(call, 0, null)))
                : Mono.empty();
    }

    private static TerminalEvent ended(Call call, int code, String reason) {
        JsonNode said = Json.tree(reason.getBytes(StandardCharsets.UTF_8));
        if (!said.path("exitCode").isIntegralNumber()) {
            throw cut(call, code);
        }
        return new TerminalEvent.Exited(said.path("exitCode").intValue());
    }

    private static TransientException cut(Call call, int code) {
        return new TransientException(
                ErrorCode.UNREACHABLE,
                "the connection to the terminal was cut" + (code > 0 ? " with close code " + code : "")
                        + "; its shell was ended",
                Failures.context(call, 0, null),
                null);
    }

    private static String path(String id) {
        return "/process/pty/" + Call.segment(id);
    }
}
