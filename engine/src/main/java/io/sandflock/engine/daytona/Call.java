/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpMethod;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * One request.
 *
 * @param base what {@code path} is appended to
 * @param path encoded already, starting with a slash; shown in errors
 * @param query encoded already, with its question mark, or empty; never shown
 * @param payload the body, if any
 * @param within the time for all of it
 * @param maxBytes a larger body of a good answer is refused
 * @param sandbox the sandbox that it concerns
 */
record Call(
        HttpMethod method,
        URI base,
        String path,
        String query,
        @Nullable Payload payload,
        Duration within,
        long maxBytes,
        @Nullable String sandbox) {

    /** More than any answer of the control plane: 200 sandboxes with a few KB each. */
    static final long MAX_JSON = 32L << 20;

    private static final String HEX = "0123456789ABCDEF";
    private static final String UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    static Call of(HttpMethod method, URI base, String path, Duration within) {
        return new Call(method, base, path, "", null, within, MAX_JSON, null);
    }

    Call query(String... namesAndValues) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            text.append(text.isEmpty() ? '?' : '&')
                    .append(encode(namesAndValues[i]))
                    .append('=')
                    .append(encode(namesAndValues[i + 1]));
        }
        return new Call(method, base, path, text.toString(), payload, within, maxBytes, sandbox);
    }

    Call json(Object body) {
        byte[] bytes = Json.encode(body);
        return payload(new Payload("application/json", () -> Body.of(bytes)));
    }

    /** The same for a body that is large and whose answer may be long in coming: it is written when it is sent. */
    Call jsonWhenSent(Supplier<byte[]> body) {
        return payload(new Payload("application/json", () -> Body.of(body.get())));
    }

    Call payload(Payload newPayload) {
        return new Call(method, base, path, query, newPayload, within, maxBytes, sandbox);
    }

    Call within(Duration newWithin) {
        return new Call(method, base, path, query, payload, newWithin, maxBytes, sandbox);
    }

    Call atMost(long newMaxBytes) {
        return new Call(method, base, path, query, payload, within, newMaxBytes, sandbox);
    }

    Call forSandbox(String idOrName) {
        return new Call(method, base, path, query, payload, within, maxBytes, idOrName);
    }

    Call at(URI newBase) {
        return new Call(method, newBase, path, query, payload, within, maxBytes, sandbox);
    }

    URI uri() {
        return URI.create(address());
    }

    /** The same as text: a client that is given a URI keeps its pieces until the answer came. */
    String address() {
        return base + path + query;
    }

    /** Method and path, without query values. */
    String name() {
        return method.name() + " " + path;
    }

    /** A path segment or a query value. Dots alone would be taken for a step in the path by proxies. */
    static String segment(String value) {
        if (value.isBlank() || value.equals(".") || value.equals("..")) {
            throw new IllegalArgumentException("'" + value + "' is not an id or a name");
        }
        return encode(value);
    }

    /** Percent-encodes all but RFC 3986's unreserved characters. */
    static String encode(String value) {
        StringBuilder text = new StringBuilder(value.length() + 16);
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            int c = b & 0xff;
            if (UNRESERVED.indexOf(c) >= 0) {
                text.append((char) c);
            } else {
                text.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            }
        }
        return text.toString();
    }

    /** Never the body. */
    @Override
    public String toString() {
        return name();
    }

    /** @param body asked for each time that the request is sent; what it gives is not kept while the answer is awaited */
    record Payload(String contentType, Supplier<Body> body) {}

    /** @param length exact, in bytes */
    record Body(long length, Publisher<ByteBuf> content) {

        static Body of(byte[] bytes) {
            return new Body(bytes.length, Mono.fromSupplier(() -> Unpooled.wrappedBuffer(bytes)));
        }
    }
}
