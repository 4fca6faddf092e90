/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/** Answers to a request. All lazy. */
public final class Answers {

    private Answers() {}

    /** A value as JSON: a tree, a record, a map. */
    public static Mono<Void> json(HttpServerResponse response, int status, Object value) {
        return bytes(response, status, "application/json; charset=utf-8", Json.bytes(value));
    }

    /** Plain text. */
    public static Mono<Void> text(HttpServerResponse response, int status, String text) {
        return bytes(response, status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes of a type. */
    public static Mono<Void> bytes(HttpServerResponse response, int status, String type, byte[] body) {
        return response.status(status)
                .header(HttpHeaderNames.CONTENT_TYPE, type)
                .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length))
                .sendByteArray(Mono.just(body))
                .then();
    }

    /** A status and no body. */
    public static Mono<Void> empty(HttpServerResponse response, int status) {
        response.status(status);
        if (status != 204) {
            response.header(HttpHeaderNames.CONTENT_LENGTH, "0");
        }
        return response.send();
    }

    /**
     * Bytes as they come, at the client's pace. An error after the first byte breaks the connection off, which a client of chunked
     * encoding sees.
     */
    public static Mono<Void> stream(HttpServerResponse response, int status, String type, Publisher<byte[]> body) {
        return response.status(status)
                .header(HttpHeaderNames.CONTENT_TYPE, type)
                .sendByteArray(body)
                .then();
    }
}
