/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.TransientException;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.http.Json;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.Connection;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.TcpClient;

/**
 * The Docker Engine's HTTP API on its Unix socket. Every method is cold; cancelling one closes its connection. Errors are
 * {@link EngineException} when the engine answered, and {@link TransientException} when it did not. No buffer of Netty's leaves this
 * class.
 */
final class EngineClient {

    /** A call under load: docker starts and removes a handful of containers a second on a small machine, and queues the rest. */
    static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final int MAX_ANSWER = 64 << 20;
    private static final int CONNECTIONS = 64;

    private final Path socket;
    private final ConnectionProvider pool;
    private final HttpClient calls;
    private final HttpClient streams;
    private final TcpClient raw;
    private volatile String version = "";

    EngineClient(Path socket) {
        this.socket = socket;
        this.pool = ConnectionProvider.builder("sandflock-docker")
                .maxConnections(CONNECTIONS)
                .pendingAcquireMaxCount(-1)
                .pendingAcquireTimeout(PATIENCE)
                .maxIdleTime(Duration.ofSeconds(30))
                .build();
        this.calls = HttpClient.create(pool).remoteAddress(this::address);
        this.streams = HttpClient.newConnection().remoteAddress(this::address);
        this.raw = TcpClient.newConnection().remoteAddress(this::address);
    }

    private SocketAddress address() {
        return new DomainSocketAddress(socket.toString());
    }

    /** Where it listens, as DOCKER_HOST has it. */
    String host() {
        return "unix://" + socket;
    }

    /** Prefixes every path from now on, as {@code /v1.45}. */
    void speak(String apiVersion) {
        version = "/v" + apiVersion;
    }

    /** Calls without a body; the answer's JSON, or a missing node when there is none. */
    Mono<JsonNode> call(HttpMethod method, String path) {
        return call(method, path, null, PATIENCE);
    }

    /** Calls with a JSON body. */
    Mono<JsonNode> call(HttpMethod method, String path, @Nullable JsonNode body, Duration within) {
        String what = method + " " + withoutQuery(path);
        return exchange(calls, method, path, body)
                .next()
                .switchIfEmpty(Mono.just(new byte[0]))
                .timeout(within)
                .flatMap(bytes -> bytes.length == 0 ? Mono.just(MissingNode.getInstance()) : Json.parse(bytes))
                .onErrorMap(e -> transport(what, e));
    }

    /** Calls with a JSON body, on a connection of its own; the answer's bytes, once it ended. */
    Mono<byte[]> text(HttpMethod method, String path, JsonNode body) {
        return exchange(streams, method, path, body)
                .next()
                .timeout(PATIENCE)
                .onErrorMap(e -> transport(method + " " + withoutQuery(path), e));
    }

    private Flux<byte[]> exchange(HttpClient client, HttpMethod method, String path, @Nullable JsonNode body) {
        BiFunction<HttpClientResponse, ByteBufFlux, Publisher<byte[]>> read =
                (response, content) -> collected(method + " " + withoutQuery(path), response, content);
        if (body == null) {
            return client.request(method).uri(version + path).response(read);
        }
        byte[] json = Json.bytes(body);
        return client.headers(headers -> headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                        .set(HttpHeaderNames.CONTENT_LENGTH, json.length))
                .request(method)
                .uri(version + path)
                .send((request, outbound) -> outbound.sendByteArray(Mono.just(json)))
                .response(read);
    }

    private static Mono<byte[]> collected(String what, HttpClientResponse response, ByteBufFlux content) {
        int status = response.status().code();
        return content.asByteArray()
                .collect(ByteArrayOutputStream::new, (all, part) -> {
                    if (all.size() + (long) part.length > MAX_ANSWER) {
                        throw new EngineException(what, status, "an answer of more than " + MAX_ANSWER + " bytes");
                    }
                    all.writeBytes(part);
                })
                .map(ByteArrayOutputStream::toByteArray)
                .flatMap(bytes -> status < 400 ? Mono.just(bytes) : refused(what, status, bytes));
    }

    /** The error of a refused call, with the engine's word, or the body as it is when it is no JSON. */
    static <T> Mono<T> refused(String what, int status, byte[] body) {
        return Json.parse(body)
                .map(json -> json.path("message").asText())
                .onErrorResume(HttpError.class, e -> Mono.just(new String(body, StandardCharsets.UTF_8).strip()))
                .flatMap(message -> Mono.error(new EngineException(what, status, message)));
    }

    /**
     * Calls and reads an answer of many JSON documents, one a line, as they come, for as long as it takes.
     *
     * @param body sent as a tar; null for none
     */
    Flux<JsonNode> stream(HttpMethod method, String path, @Nullable Publisher<byte[]> body) {
        String what = method + " " + withoutQuery(path);
        BiFunction<HttpClientResponse, ByteBufFlux, Publisher<byte[]>> read = (response, content) ->
                response.status().code() < 400 ? content.asByteArray() : collected(what, response, content);
        Flux<byte[]> bytes = body == null
                ? streams.request(method).uri(version + path).response(read)
                : streams.headers(headers -> headers.set(HttpHeaderNames.CONTENT_TYPE, "application/x-tar"))
                        .request(method)
                        .uri(version + path)
                        .send((request, outbound) -> outbound.sendByteArray(body))
                        .response(read);
        return JsonLines.of(bytes).onErrorMap(e -> transport(what, e));
    }

    /** A connection of its own; the caller's from then on. */
    Mono<Connection> connect(String what) {
        return raw.connect().<Connection>cast(Connection.class).onErrorMap(e -> transport(what, e));
    }

    /** The head and body of a call that makes a connection the process's own. */
    byte[] upgrade(String path, JsonNode body) {
        byte[] json = Json.bytes(body);
        byte[] head = ("POST " + version + path + " HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
                        + "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: " + json.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[head.length + json.length];
        System.arraycopy(head, 0, all, 0, head.length);
        System.arraycopy(json, 0, all, head.length, json.length);
        return all;
    }

    /** What a failure of the connection means. */
    Throwable transport(String what, Throwable error) {
        if (error instanceof TimeoutException) {
            return new TransientException(
                    ErrorCode.TIMEOUT,
                    "the Docker Engine at " + host() + " did not answer " + what + " in time",
                    ErrorContext.NONE,
                    error);
        }
        return error instanceof IOException
                ? new TransientException(
                        ErrorCode.UNREACHABLE,
                        "the Docker Engine at " + host() + " cannot be reached for " + what + ": " + reason(error)
                                + ". Is it running, and may this user use the socket? DOCKER_HOST names another one",
                        ErrorContext.NONE,
                        error)
                : error;
    }

    private static String reason(Throwable error) {
        if (error instanceof FileNotFoundException) {
            return "there is no such socket";
        }
        String message = error.getMessage();
        return message == null ? error.getClass().getSimpleName() : message;
    }

    Mono<Void> closeLater() {
        return pool.disposeLater();
    }

    private static String withoutQuery(String path) {
        int query = path.indexOf('?');
        return query < 0 ? path : path.substring(0, query);
    }
}
