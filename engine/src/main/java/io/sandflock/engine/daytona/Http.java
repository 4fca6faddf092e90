/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.sandflock.SandflockException;
import io.sandflock.engine.platform.RequestMeter;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.NettyOutbound;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientRequest;
import reactor.netty.http.client.HttpClientResponse;
import reactor.util.context.ContextView;

/**
 * Sends a {@link Call} and reads its answer to the end, within bounds on size and time. No buffer of Netty's leaves this class.
 * Cancelling closes the connection of the call, as HTTP/1.1 knows no other way.
 */
final class Http {

    private static final int ERROR_BODY = 64 * 1024;

    private final HttpClient client;

    Http(HttpClient client) {
        this.client = client;
    }

    HttpClient client() {
        return client;
    }

    /** The answer, whatever its status. Errors only when there is none. */
    Mono<Answer> exchange(Call call) {
        return observed(context ->
                        send(call, Optional.empty(), context, (response, body) -> collect(call, response, body)))
                .single()
                // Behind the conversion to byte[]: a timeout on buffers could lose one.
                .timeout(call.within())
                .onErrorMap(e -> Failures.transport(call, e));
    }

    /** The answer; errors with what its status and message mean, unless it is 2xx. */
    Mono<Answer> success(Call call) {
        return exchange(call)
                .flatMap(answer -> answer.isSuccess() ? Mono.just(answer) : Mono.error(Failures.of(call, answer)));
    }

    /** As {@link #success}, decoded. */
    <D, T> Mono<T> json(Call call, Class<D> type, Function<D, T> convert) {
        return success(call).flatMap(answer -> Json.decode(call, answer, type, convert));
    }

    /** As the next, with the errors that every call has. */
    <T> Flux<T> stream(Call call, Duration gap, Function<HttpClientResponse, Function<Flux<byte[]>, Flux<T>>> reader) {
        return stream(call, gap, answer -> Failures.of(call, answer), reader);
    }

    /**
     * The body of a good answer as it comes, {@code reader} having seen the response first.
     *
     * @param gap the longest silence
     * @param refusal what an answer means that is none
     */
    <T> Flux<T> stream(
            Call call,
            Duration gap,
            Function<Answer, SandflockException> refusal,
            Function<HttpClientResponse, Function<Flux<byte[]>, Flux<T>>> reader) {
        return observed(context -> send(call, Optional.of(gap), context, (response, body) -> {
                    int status = response.status().code();
                    return status >= 200 && status < 300
                            ? reader.apply(response).apply(body.asByteArray())
                            : collect(call, response, body).flatMap(answer -> Mono.error(refusal.apply(answer)));
                }))
                .onErrorMap(e -> Failures.transport(call, e));
    }

    /** Counts the request on behalf of whoever asks. */
    private static <T> Flux<T> observed(Function<ContextView, Flux<T>> sent) {
        return Flux.deferContextual(context -> {
            RequestMeter.count(context);
            return sent.apply(context);
        });
    }

    /** @param gap the longest silence; none for an answer whose time as a whole is limited */
    private <T> Flux<T> send(
            Call call,
            Optional<Duration> gap,
            ContextView context,
            BiFunction<HttpClientResponse, ByteBufFlux, Publisher<T>> reader) {
        BiFunction<HttpClientResponse, ByteBufFlux, Publisher<T>> receive = (response, body) -> {
            RateHeaders.tell(context, response.responseHeaders());
            return reader.apply(response, body);
        };
        Call.Payload payload = call.payload();
        HttpClient.RequestSender request = (gap.isPresent() ? client.responseTimeout(gap.get()) : client)
                .request(call.method())
                .uri(call.address());
        return payload == null
                ? request.response(receive)
                : request.send((head, body) -> written(payload, head, body)).response(receive);
    }

    /** Headers of the request alone: on the client they would be a copy of all of its headers. */
    private static Publisher<Void> written(Call.Payload payload, HttpClientRequest head, NettyOutbound outbound) {
        Call.Body body = payload.body().get();
        head.header(HttpHeaderNames.CONTENT_TYPE, payload.contentType());
        head.header(HttpHeaderNames.CONTENT_LENGTH, Long.toString(body.length()));
        return outbound.send(body.content());
    }

    private static Mono<Answer> collect(Call call, HttpClientResponse response, ByteBufFlux body) {
        int status = response.status().code();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Mono<Answer> answer =
                Mono.fromSupplier(() -> new Answer(status, response.responseHeaders(), bytes.toByteArray()));
        if (status < 400) {
            return body.asByteArray()
                    .doOnNext(chunk -> {
                        if (bytes.size() + (long) chunk.length > call.maxBytes()) {
                            throw Failures.tooLarge(call, status, response.responseHeaders());
                        }
                        bytes.writeBytes(chunk);
                    })
                    .then(answer);
        }
        // The status of a broken error answer says more than that it broke.
        return body.asByteArray()
                .doOnNext(chunk -> bytes.write(chunk, 0, Math.min(chunk.length, ERROR_BODY - bytes.size())))
                .then(answer)
                .onErrorResume(java.io.IOException.class, e -> answer);
    }
}
