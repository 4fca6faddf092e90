/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.ByteBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/** Request bodies. All lazy; buffers are copied out of Netty's at once. */
public final class Bodies {

    /**
     * So much of a body that is too long is read all the same: a connection that is closed with bytes unread is reset, and the reset may
     * overtake the answer that says why.
     */
    private static final long READ_ON = 4 << 20;

    private Bodies() {}

    /** The body as it arrives; the client is slowed down by a slow subscriber. */
    public static Flux<ByteBuffer> stream(HttpServerRequest request) {
        return request.receive().asByteArray().map(ByteBuffer::wrap);
    }

    /**
     * The whole body; {@linkplain HttpError#tooLarge 413} beyond {@code limit} bytes, before reading when it is declared and far too
     * long.
     */
    public static Mono<byte[]> bytes(HttpServerRequest request, long limit) {
        return Mono.defer(() -> declared(request) > limit + READ_ON
                ? Mono.error(HttpError.tooLarge(limit))
                : ByteLimit.collect(stream(request), limit, READ_ON, HttpError::tooLarge));
    }

    /** The whole body as a JSON tree; 400 when it is none. */
    public static Mono<JsonNode> json(HttpServerRequest request, long limit) {
        return bytes(request, limit).flatMap(Json::parse);
    }

    /** The whole body as a JSON object; 400 when it is none. */
    public static Mono<ObjectNode> object(HttpServerRequest request, long limit) {
        return json(request, limit).map(Bodies::object);
    }

    private static ObjectNode object(JsonNode tree) {
        if (tree instanceof ObjectNode object) {
            return object;
        }
        throw HttpError.badRequest("invalid request body: json: cannot unmarshal "
                + tree.getNodeType().name().toLowerCase(java.util.Locale.ROOT) + " into an object");
    }

    private static long declared(HttpServerRequest request) {
        String length = request.requestHeaders().get(HttpHeaderNames.CONTENT_LENGTH);
        if (length == null) {
            return 0;
        }
        try {
            return Long.parseLong(length.trim());
        } catch (NumberFormatException e) {
            throw HttpError.badRequest("Content-Length is not a number");
        }
    }
}
