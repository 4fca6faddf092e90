/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.sandflock.engine.local.http.MultipartEvent.Begin;
import io.sandflock.engine.local.http.MultipartEvent.Broken;
import io.sandflock.engine.local.http.MultipartEvent.Data;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;
import reactor.core.publisher.SynchronousSink;
import reactor.netty.http.server.HttpServerRequest;

/** Reads {@code multipart/form-data} as it arrives: nothing but the part at hand is in memory, and only a few chunks of it. */
public final class Multipart {

    private static final Pattern BOUNDARY =
            Pattern.compile(";\\s*boundary=(?:\"([^\"]{1,70})\"|([^;\\s]{1,70}))", Pattern.CASE_INSENSITIVE);
    private static final int PREFETCH = 4;

    private Multipart() {}

    /**
     * A part.
     *
     * @param name the field's name; empty when it has none
     * @param filename the file's name as the client gave it; {@code null} for a field of text
     * @param body the bytes; one subscriber. What the handler leaves is skipped
     */
    public record Part(String name, @Nullable String filename, Flux<ByteBuffer> body) {}

    /**
     * Hands the body's parts to {@code handler}, one after another and in order; a part begins when the one before was handled. A
     * request that is not multipart, has more than {@code maxParts} parts or is cut off is a 400.
     */
    public static <T> Flux<T> parts(
            HttpServerRequest request, int maxParts, Function<Part, ? extends Publisher<T>> handler) {
        return Flux.defer(() -> parse(Bodies.stream(request), boundary(request), maxParts, handler));
    }

    static <T> Flux<T> parse(
            Flux<ByteBuffer> body, String boundary, int maxParts, Function<Part, ? extends Publisher<T>> handler) {
        MultipartParser parser = new MultipartParser(boundary, maxParts);
        return body.concatMapIterable(parser::feed, PREFETCH)
                .concatWith(Mono.fromRunnable(parser::end))
                // As an event: windowUntil signals an error to the window and beside it, and the second one would be
                // dropped.
                .onErrorResume(e -> Mono.just(new Broken(e)))
                .windowUntil(event -> event instanceof Begin, true, PREFETCH)
                .concatMap(window -> window.switchOnFirst((first, events) -> part(first, events, handler)), 1);
    }

    private static <T> Flux<T> part(
            Signal<? extends MultipartEvent> first,
            Flux<MultipartEvent> window,
            Function<Part, ? extends Publisher<T>> handler) {
        Flux<MultipartEvent> events = window.handle(Multipart::unlessBroken);
        if (!(first.get() instanceof Begin begin)) {
            return events.thenMany(Flux.empty());
        }
        AtomicBoolean read = new AtomicBoolean();
        Flux<ByteBuffer> body =
                events.ofType(Data.class).map(Data::bytes).doOnSubscribe(subscription -> read.set(true));
        return Flux.<T>from(handler.apply(new Part(begin.name(), begin.filename(), body)))
                .concatWith(Flux.defer(() -> read.get() ? Flux.empty() : events.thenMany(Flux.empty())));
    }

    private static void unlessBroken(MultipartEvent event, SynchronousSink<MultipartEvent> sink) {
        if (event instanceof Broken broken) {
            sink.error(broken.cause());
        } else {
            sink.next(event);
        }
    }

    private static String boundary(HttpServerRequest request) {
        String type = request.requestHeaders().get(HttpHeaderNames.CONTENT_TYPE, "");
        Matcher matcher = BOUNDARY.matcher(type);
        if (!type.regionMatches(true, 0, "multipart/", 0, "multipart/".length()) || !matcher.find()) {
            throw HttpError.badRequest("request Content-Type isn't multipart/form-data with a boundary");
        }
        String quoted = matcher.group(1);
        return quoted != null ? quoted : matcher.group(2);
    }
}
