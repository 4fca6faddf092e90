/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.sandflock.ErrorCode;
import io.sandflock.SandflockException;
import io.sandflock.TransientException;
import io.sandflock.engine.platform.RequestMeter;
import io.sandflock.engine.platform.Toolbox.LogChunk;
import io.sandflock.engine.platform.Toolbox.SessionCommand;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.WebsocketClientSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/** {@code /process/session}. */
final class ToolboxSessions {

    /** Below the 60 s after which some load balancers cut a quiet connection; the daemon sends no pings of its own. */
    private static final Duration PING = Duration.ofSeconds(25);

    private static final Duration POLL = Duration.ofSeconds(2);
    private static final int FRAME = 1 << 20;
    private static final int NORMAL_CLOSE = 1000;

    private final ToolboxHttp http;

    ToolboxSessions(ToolboxHttp http) {
        this.http = http;
    }

    Mono<Void> create(String sessionId) {
        return Mono.defer(() -> http.success(
                        http.call(HttpMethod.POST, "/process/session").json(Map.of("sessionId", sessionId)))
                .then());
    }

    Mono<String> execute(String sessionId, String command) {
        return Mono.defer(() -> http.json(
                http.call(HttpMethod.POST, session(sessionId) + "/exec")
                        .json(Map.of("command", command, "runAsync", true, "suppressInputEcho", true)),
                Started.class,
                started -> Json.required(started.cmdId(), "cmdId")));
    }

    Mono<SessionCommand> command(String sessionId, String commandId) {
        return http.json(
                http.call(HttpMethod.GET, command(sessionId, commandId, "")),
                Command.class,
                command -> command.toSessionCommand(commandId));
    }

    Mono<Void> input(String sessionId, String commandId, String data) {
        return Mono.defer(() -> http.success(http.call(HttpMethod.POST, command(sessionId, commandId, "/input"))
                        .json(Map.of("data", data)))
                .then());
    }

    Mono<Void> delete(String sessionId) {
        return Mono.defer(() -> http.located(http.call(HttpMethod.DELETE, session(sessionId))))
                .flatMap(call -> http.exchange(call).flatMap(answer -> deleted(call, answer)));
    }

    private static Mono<Void> deleted(Call call, Answer answer) {
        if (answer.isSuccess()) {
            return Mono.empty();
        }
        SandflockException failure = Failures.of(call, answer);
        return failure.code() == ErrorCode.NOT_FOUND ? Mono.empty() : Mono.error(failure);
    }

    /** The log. On cancel the socket is closed; the command goes on. */
    Flux<LogChunk> follow(String sessionId, String commandId) {
        Call call = http.call(HttpMethod.GET, command(sessionId, commandId, "/logs"))
                .query("follow", "true");
        return Flux.defer(() -> {
            Quiet quiet = new Quiet();
            return http.located(call)
                    .flatMapMany(at -> quiet.watch(frames(at)))
                    .takeUntilOther(ended(sessionId, commandId, quiet))
                    .transform(LogDemux::split);
        });
    }

    private Flux<byte[]> frames(Call call) {
        return Flux.deferContextual(context -> {
                    RequestMeter.count(context);
                    return http.client()
                            .responseTimeout(call.within())
                            .websocket(WebsocketClientSpec.builder()
                                    .maxFramePayloadLength(FRAME)
                                    .build())
                            .uri(socket(call.uri()))
                            .handle((in, out) -> exchange(call, in, out));
                })
                .onErrorMap(e -> Failures.transport(call, e));
    }

    private static Publisher<byte[]> exchange(Call call, WebsocketInbound in, WebsocketOutbound out) {
        Mono<byte[]> pings = out.sendObject(
                        Flux.interval(PING).onBackpressureDrop().map(tick -> new PingWebSocketFrame()), ping -> true)
                .then()
                .then(Mono.empty());
        Flux<byte[]> frames = in.receiveFrames()
                .filter(frame -> frame.content().isReadable() && !(frame instanceof PingWebSocketFrame))
                .map(ToolboxSessions::bytes)
                .concatWith(in.receiveCloseStatus()
                        .map(status -> status.code())
                        .defaultIfEmpty(-1)
                        .flatMap(code -> code == NORMAL_CLOSE ? Mono.empty() : Mono.error(cut(call, code))));
        // A ping that fails has met a closed socket, of which the frames know better how it was closed.
        return frames.takeUntilOther(pings.onErrorComplete().then(Mono.never()));
    }

    private static byte[] bytes(WebSocketFrame frame) {
        byte[] bytes = new byte[frame.content().readableBytes()];
        frame.content().readBytes(bytes);
        return bytes;
    }

    private static TransientException cut(Call call, int code) {
        return new TransientException(
                ErrorCode.UNREACHABLE,
                "the log stream was cut" + (code > 0 ? " with close code " + code : "")
                        + ": ask for the command's state and follow its log again",
                Failures.context(call, 0, null),
                null);
    }

    /**
     * When the command has ended and its log has been quiet: the daemon has a race that can leave the socket open. Until the
     * command is known to have ended, a failing question is as good as none.
     */
    private Mono<Void> ended(String sessionId, String commandId, Quiet quiet) {
        return Mono.defer(() -> command(sessionId, commandId))
                .map(command -> command.exitCode().isPresent())
                .onErrorReturn(Boolean.FALSE)
                .delaySubscription(POLL)
                .repeat()
                .takeUntil(end -> end)
                .then(quiet.now());
    }

    private static String session(String sessionId) {
        return "/process/session/" + Call.segment(sessionId);
    }

    private static String command(String sessionId, String commandId, String rest) {
        return session(sessionId) + "/command/" + Call.segment(commandId) + rest;
    }

    static URI socket(URI url) {
        return URI.create("ws" + url.toString().substring("http".length()));
    }

    record Started(@Nullable String cmdId) {}

    record Command(@Nullable String id, @Nullable Integer exitCode) {
        SessionCommand toSessionCommand(String asked) {
            return new SessionCommand(
                    id == null ? asked : id, exitCode == null ? OptionalInt.empty() : OptionalInt.of(exitCode));
        }
    }
}
