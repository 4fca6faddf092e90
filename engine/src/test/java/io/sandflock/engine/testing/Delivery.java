/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.testing;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** What a proxy was answered for a request that it passed on. */
public record Delivery(int status, HttpHeaders headers, byte[] body) {

    /** Passes a request on. Cold: each subscription is a delivery of its own. */
    public static Mono<Delivery> of(HttpServerRequest request, byte[] body, HttpClient onwards) {
        return onwards.headers(headers -> headers.set(request.requestHeaders()).remove(HttpHeaderNames.HOST))
                .request(request.method())
                .uri(request.uri())
                .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body)))
                .response((head, content) ->
                        whole(content).map(bytes -> new Delivery(head.status().code(), head.responseHeaders(), bytes)))
                .single();
    }

    /** All of a body. Not {@code aggregate()} nor {@code responseSingle}, which lose a buffer when they are cancelled in the middle. */
    public static Mono<byte[]> whole(ByteBufFlux body) {
        return body.asByteArray()
                .collect(ByteArrayOutputStream::new, ByteArrayOutputStream::writeBytes)
                .map(ByteArrayOutputStream::toByteArray);
    }

    /** The same answer with another body. */
    public Delivery withBody(byte[] other) {
        return new Delivery(status, headers, other);
    }

    /** Passes the answer back. */
    public Mono<Void> to(HttpServerResponse response) {
        response.status(status).headers(headers.copy().remove(HttpHeaderNames.TRANSFER_ENCODING));
        response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
        return response.sendByteArray(Mono.just(body)).then();
    }

    /** Answers with a connection that breaks; with a reset, where the server does not linger. */
    public static Mono<Void> reset(HttpServerResponse response) {
        return Mono.create(sink -> response.withConnection(connection -> {
            connection.channel().close();
            sink.success();
        }));
    }
}
