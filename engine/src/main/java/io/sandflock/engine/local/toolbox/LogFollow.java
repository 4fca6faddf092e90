/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.sandflock.engine.local.session.LogEntry;
import io.sandflock.engine.local.session.LogFormat;
import io.sandflock.engine.local.session.Session;
import io.sandflock.engine.local.session.SessionCommand;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketOutbound;

/** A command's log over a WebSocket: binary frames from the log's start on, then a normal close. Pings are answered by the server. */
final class LogFollow {

    private static final int FRAME = 1024;
    private static final int NORMAL = 1000;
    /** The daemon looks that long for more output after the exit code was written. */
    private static final Duration CLOSE_AFTER = Duration.ofSeconds(1);

    private static final String VERSION = "X-Daytona-SDK-Version";

    private LogFollow() {}

    static boolean isUpgrade(HttpServerRequest request) {
        return request.requestHeaders().containsValue(HttpHeaderNames.CONNECTION, "upgrade", true)
                && request.requestHeaders().contains(HttpHeaderNames.UPGRADE, "websocket", true);
    }

    /** The format for the version in the header, or for one in a WebSocket subprotocol: browsers cannot send headers. */
    static LogFormat format(HttpServerRequest request) {
        Optional<String> header = Optional.ofNullable(request.requestHeaders().get(VERSION));
        boolean split = "true".equalsIgnoreCase(request.requestHeaders().get("X-Daytona-Split-Output", ""));
        return LogFormat.of(
                header.or(() -> subprotocol(request).map(protocol -> protocol.substring(VERSION.length() + 1))), split);
    }

    static Optional<String> subprotocol(HttpServerRequest request) {
        String offered = request.requestHeaders().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, "");
        return Arrays.stream(offered.split(","))
                .map(String::strip)
                .filter(protocol -> protocol.startsWith(VERSION + "~"))
                .findFirst();
    }

    static Mono<Void> follow(Call call, Session session, SessionCommand command) {
        LogFormat format = format(call.request());
        boolean follow = call.target().flag("follow");
        WebsocketServerSpec.Builder spec = WebsocketServerSpec.builder().maxFramePayloadLength(64 * 1024);
        // One that was offered must be taken, or the client refuses the connection.
        subprotocol(call.request()).ifPresent(spec::protocols);
        return call.response()
                .sendWebsocket(
                        (in, out) -> {
                            // What the client says means nothing; that it went away ends the following.
                            Mono<Void> gone =
                                    in.receive().then().onErrorComplete().cache();
                            Flux<LogEntry> entries = follow
                                    ? command.log().follow()
                                    : Flux.fromIterable(command.log().entries());
                            return send(out, entries.takeUntilOther(gone), format)
                                    .then(Mono.defer(
                                            () -> lookForMore(follow, session).takeUntilOther(gone)))
                                    // Never cancelled: that would release the close frame while it is written.
                                    .then(Mono.defer(() -> out.sendClose(NORMAL, "")));
                        },
                        spec.build());
    }

    private static Mono<Void> lookForMore(boolean follow, Session session) {
        return follow && !session.isDeleted() ? Mono.delay(CLOSE_AFTER).then() : Mono.empty();
    }

    private static Mono<Void> send(WebsocketOutbound out, Flux<LogEntry> entries, LogFormat format) {
        return out.sendObject(entries.concatMapIterable(entry -> frames(format.bytes(entry)), 1))
                .then();
    }

    private static Iterable<WebSocketFrame> frames(byte[] bytes) {
        return () -> new FrameIterator(bytes);
    }

    /** Makes a frame when it is asked for: a buffer that was made and not sent would leak. */
    private static final class FrameIterator implements java.util.Iterator<WebSocketFrame> {

        private final byte[] bytes;
        private int position;

        FrameIterator(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public boolean hasNext() {
            return position < bytes.length;
        }

        @Override
        public WebSocketFrame next() {
            if (!hasNext()) {
                throw new java.util.NoSuchElementException();
            }
            int length = Math.min(FRAME, bytes.length - position);
            position += length;
            return new BinaryWebSocketFrame(Unpooled.wrappedBuffer(bytes, position - length, length));
        }
    }
}
