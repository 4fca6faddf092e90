/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** A bare HTTP client for tests of the wire: sends what it is told, and waits. */
public final class ApiClient {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient http;

    private ApiClient(HttpClient http) {
        this.http = http;
    }

    /** A client of this base URL, with this key. */
    public static ApiClient of(URI base, String key) {
        return new ApiClient(HttpClient.create()
                .disableRetry(true)
                .baseUrl(base.toString())
                .headers(headers -> headers.set("Authorization", "Bearer " + key)));
    }

    /** This client with one more header, or with another value of it. */
    public ApiClient with(String header, String value) {
        return new ApiClient(http.headers(headers -> headers.set(header, value)));
    }

    /** Sends without a body. */
    public Reply send(String method, String path) {
        return send(method, path, "");
    }

    /** Sends a JSON text; none when it is empty. */
    public Reply send(String method, String path, String json) {
        return Objects.requireNonNull(later(method, path, json).block(PATIENCE));
    }

    /** As above, lazily. */
    public Mono<Reply> later(String method, String path, String json) {
        HttpClient typed =
                json.isEmpty() ? http : http.headers(headers -> headers.set("Content-Type", "application/json"));
        return typed.request(HttpMethod.valueOf(method))
                .uri(path)
                .send(
                        json.isEmpty()
                                ? Mono.empty()
                                : Mono.fromSupplier(() -> Unpooled.copiedBuffer(json, StandardCharsets.UTF_8)))
                .responseSingle((response, body) -> body.asByteArray()
                        .defaultIfEmpty(new byte[0])
                        .map(bytes -> new Reply(response.status().code(), response.responseHeaders(), bytes)));
    }

    /** An answer. */
    public record Reply(int status, HttpHeaders headers, byte[] body) {

        /** The body as JSON; missing when it is empty. */
        public JsonNode json() {
            try {
                return body.length == 0 ? MissingNode.getInstance() : MAPPER.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(text(), e);
            }
        }

        /** The body as text. */
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** A text of the body's object. */
        public String text(String name) {
            return json().path(name).asText();
        }

        @Override
        public String toString() {
            return status + " " + text();
        }
    }
}
