/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.http.Json;
import io.sandflock.engine.local.pty.Pty;
import io.sandflock.engine.local.pty.PtyEnd;
import io.sandflock.engine.local.pty.PtySpec;
import io.sandflock.engine.local.pty.Ptys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/** {@code /process/pty}: terminals, and the WebSocket that a person types into. */
final class PtyRoutes {

    private static final long MAX_BODY = 1L << 20;
    private static final int MAX_MESSAGE = 64 * 1024;
    private static final String EXIT_CONTROL = "X-Daytona-Pty-Exit-Control";
    private static final String ENVS = "X-Daytona-Pty-Envs~";
    private static final int NORMAL = 1000;
    private static final int POLICY = 1008;
    private static final int FAILED = 1011;

    private final Map<String, Ptys> bySandbox = new ConcurrentHashMap<>();

    Mono<Void> forget(String sandboxId) {
        return Mono.defer(() -> {
            Ptys ptys = bySandbox.remove(sandboxId);
            return ptys == null ? Mono.empty() : ptys.deleteAll();
        });
    }

    Mono<Void> route(Call call) {
        Ptys ptys = bySandbox.computeIfAbsent(call.sandboxId(), id -> new Ptys());
        if (call.is("POST", "process", "pty")) {
            return create(call, ptys);
        }
        if (call.is("GET", "process", "pty")) {
            ArrayNode sessions = Json.object().putArray("sessions");
            ptys.all().forEach(pty -> sessions.add(body(pty)));
            return call.json(200, Json.object().set("sessions", sessions));
        }
        if (call.is("GET", "process", "pty", "create-connect") && LogFollow.isUpgrade(call.request())) {
            return createAndConnect(call, ptys);
        }
        return call.depth() < 3 ? ToolboxRoutes.unknown(call) : one(call, ptys);
    }

    private static Mono<Void> one(Call call, Ptys ptys) {
        Pty pty = ptys.find(call.segment(2))
                .orElseThrow(() -> HttpError.notFound("PTY session " + call.segment(2) + " not found"));
        if (call.is("GET", "process", "pty", "*")) {
            return call.json(200, body(pty));
        }
        if (call.is("DELETE", "process", "pty", "*")) {
            return ptys.delete(pty).then(call.json(200, Json.object().put("message", "PTY session deleted")));
        }
        if (call.is("POST", "process", "pty", "*", "resize")) {
            return call.body(MAX_BODY)
                    .flatMap(body -> pty.resize(size(body, "cols", 0), size(body, "rows", 0)))
                    .then(Mono.defer(() -> call.json(200, body(pty))));
        }
        if (call.is("GET", "process", "pty", "*", "connect")) {
            return LogFollow.isUpgrade(call.request())
                    ? connect(call, pty)
                    : Mono.error(HttpError.badRequest("a terminal is connected to by a WebSocket"));
        }
        return ToolboxRoutes.unknown(call);
    }

    private static Mono<Void> create(Call call, Ptys ptys) {
        return call.body(MAX_BODY)
                .map(PtyRoutes::spec)
                .flatMap(spec -> ptys.create(call.machine(), spec))
                .flatMap(pty -> call.json(201, Json.object().put("sessionId", pty.id())));
    }

    /** Of clients since 0.200: a terminal and the way into it in one request. */
    private static Mono<Void> createAndConnect(Call call, Ptys ptys) {
        return envs(call)
                .map(envs -> new PtySpec(
                        call.target().parameter("id").orElse(""),
                        call.target().parameter("cwd").filter(cwd -> !cwd.isEmpty()),
                        ExecuteRoute.checked(envs),
                        number(call, "cols", 80),
                        number(call, "rows", 24),
                        false))
                .flatMap(spec -> ptys.create(call.machine(), spec))
                .flatMap(pty -> connect(call, pty));
    }

    private static int number(Call call, String name, int otherwise) {
        String text = call.target().parameter(name).orElse("");
        if (!text.matches("\\d{0,4}")) {
            throw HttpError.badRequest(name + " must be between 1 and " + PtySpec.LARGEST);
        }
        return size(Json.object().put(name, text.isEmpty() ? 0 : Integer.parseInt(text)), name, otherwise);
    }

    /** They travel beside the URL, which is logged in many places: as a subprotocol, JSON in base64. */
    private static Mono<Map<String, String>> envs(Call call) {
        return Mono.justOrEmpty(offered(call).stream()
                        .filter(protocol -> protocol.startsWith(ENVS))
                        .findFirst())
                .map(protocol -> Base64.getUrlDecoder().decode(protocol.substring(ENVS.length())))
                .flatMap(Json::parse)
                .map(envs -> Fields.texts(Json.object().set("envs", envs), "envs"))
                .onErrorMap(
                        IllegalArgumentException.class,
                        e -> HttpError.badRequest("the subprotocol " + ENVS + " is not a JSON object in base64"))
                .defaultIfEmpty(Map.of());
    }

    private static List<String> offered(Call call) {
        String header = call.request().requestHeaders().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, "");
        return Arrays.stream(header.split(",")).map(String::strip).toList();
    }

    private static PtySpec spec(ObjectNode body) {
        return new PtySpec(
                Fields.required(body, "id"),
                Fields.text(body, "cwd").filter(cwd -> !cwd.isEmpty()),
                ExecuteRoute.checked(Fields.texts(body, "envs")),
                size(body, "cols", 80),
                size(body, "rows", 24),
                Fields.flag(body, "lazyStart"));
    }

    private static int size(ObjectNode body, String name, int otherwise) {
        long size = Fields.seconds(body, name);
        if (size == 0 && otherwise > 0) {
            return otherwise;
        }
        if (size < 1 || size > PtySpec.LARGEST) {
            throw HttpError.badRequest("invalid request body: " + name + " must be between 1 and " + PtySpec.LARGEST);
        }
        return (int) size;
    }

    private static ObjectNode body(Pty pty) {
        ObjectNode body = Json.object()
                .put("id", pty.id())
                .put("cwd", pty.spec().cwd().orElse(""))
                .put("cols", pty.cols())
                .put("rows", pty.rows())
                .put("createdAt", pty.createdAt().toString())
                .put("active", pty.isActive())
                .put("lazyStart", pty.spec().lazy());
        ObjectNode envs = body.putObject("envs");
        pty.spec().env().forEach(envs::put);
        return body;
    }

    private static Mono<Void> connect(Call call, Pty pty) {
        WebsocketServerSpec.Builder spec = WebsocketServerSpec.builder().maxFramePayloadLength(MAX_MESSAGE);
        boolean told = offered(call).contains(EXIT_CONTROL);
        // One that was offered must be taken, or the client refuses the connection.
        Optional.of(EXIT_CONTROL)
                .filter(protocol -> told)
                .or(() -> LogFollow.subprotocol(call.request()))
                .ifPresent(spec::protocols);
        return call.response().sendWebsocket((in, out) -> converse(pty, told, in, out), spec.build());
    }

    private static Publisher<Void> converse(Pty pty, boolean told, WebsocketInbound in, WebsocketOutbound out) {
        Sinks.Empty<Void> gone = Sinks.empty();
        // A client that does not type still pings, and says that it goes.
        Flux<ByteBuffer> typed = in.receiveFrames()
                .filter(frame -> frame.content().isReadable()
                        && (frame instanceof BinaryWebSocketFrame || frame instanceof TextWebSocketFrame))
                .map(PtyRoutes::bytes)
                .onErrorComplete()
                .doFinally(end -> gone.tryEmitEmpty());
        Flux<WebSocketFrame> shown = Flux.concat(
                pty.start().then(Mono.fromSupplier(() -> control("connected", ""))),
                pty.connect().map(bytes -> new BinaryWebSocketFrame(Unpooled.wrappedBuffer(bytes))));
        Mono<Void> output = out.sendObject(shown.takeUntilOther(gone.asMono()))
                .then()
                .then(Mono.defer(() -> close(pty, told, out)))
                .onErrorResume(error -> refuse(error, out));
        return Mono.firstWithSignal(output, pty.write(typed).then(Mono.never()));
    }

    /** Nothing is said to a client that is gone: then the shell goes on. */
    private static Mono<Void> close(Pty pty, boolean told, WebsocketOutbound out) {
        return pty.isActive()
                ? Mono.empty()
                : pty.ended()
                        .flatMap(end -> (told ? out.sendObject(Mono.fromSupplier(() -> exited(end))) : out)
                                .then()
                                .then(Mono.defer(
                                        () -> out.sendClose(NORMAL, reason(end)).then())));
    }

    private static Mono<Void> refuse(Throwable error, WebsocketOutbound out) {
        if (Pty.isSlowReader(error)) {
            return out.sendClose(POLICY, "slow reader: more than 256 messages wait")
                    .then();
        }
        String message = error instanceof HttpError known
                ? known.text()
                : error.getClass().getSimpleName();
        return out.sendObject(Mono.fromSupplier(() -> control("error", message)))
                .then()
                .then(Mono.defer(
                        () -> out.sendClose(FAILED, "{\"exitCode\":-1}").then()));
    }

    private static WebSocketFrame control(String status, String error) {
        ObjectNode control = Json.object().put("type", "control").put("status", status);
        if (!error.isEmpty()) {
            control.put("error", error);
        }
        return new TextWebSocketFrame(Unpooled.wrappedBuffer(Json.bytes(control)));
    }

    private static WebSocketFrame exited(PtyEnd end) {
        ObjectNode control = Json.object().put("type", "control").put("status", "exited");
        return new TextWebSocketFrame(Unpooled.wrappedBuffer(Json.bytes(control.setAll(ending(end)))));
    }

    private static String reason(PtyEnd end) {
        return new String(Json.bytes(ending(end)), StandardCharsets.UTF_8);
    }

    private static ObjectNode ending(PtyEnd end) {
        ObjectNode ending = Json.object().put("exitCode", end.exitCode());
        end.reason().ifPresent(text -> ending.put("exitReason", text));
        return ending;
    }

    private static ByteBuffer bytes(WebSocketFrame frame) {
        byte[] bytes = new byte[frame.content().readableBytes()];
        frame.content().readBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }
}
