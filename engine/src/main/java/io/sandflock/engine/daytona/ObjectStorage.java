/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.ErrorCode;
import io.sandflock.TransientException;
import io.sandflock.engine.platform.BuildContexts;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** {@code /object-storage} and the S3 behind it. */
final class ObjectStorage implements BuildContexts {

    /** The credentials are good for an hour, which their description does not say. */
    private static final Duration GOOD_FOR = Duration.ofMinutes(50);

    private static final Map<String, String> ONLY_IF_MISSING = Map.of("If-None-Match", "*");

    private final DaytonaSettings settings;
    private final HttpClient anonymous;
    private final Clock clock;
    private final Mono<Access> access;

    ObjectStorage(Http http, HttpClient anonymous, DaytonaSettings settings, Clock clock) {
        this.settings = settings;
        this.anonymous = anonymous;
        this.clock = clock;
        // One request however many wait; a failed one is not remembered.
        this.access = http.json(
                        Call.of(
                                HttpMethod.GET,
                                settings.url(),
                                "/object-storage/push-access",
                                settings.times().answer()),
                        Wire.StorageAccess.class,
                        this::access)
                .cacheInvalidateIf(cached -> cached.isStaleAt(clock.instant()));
    }

    @Override
    public Mono<Boolean> upload(String hash, Publisher<ByteBuffer> tar, long size) {
        if (!hash.matches("[0-9a-f]{8,128}")) {
            throw new IllegalArgumentException("'" + hash + "' is not a hash in lower-case hexadecimal");
        }
        return access.flatMap(cached -> uploadIfMissing(cached, hash, tar, size));
    }

    private Mono<Boolean> uploadIfMissing(Access cached, String hash, Publisher<ByteBuffer> tar, long size) {
        return isPresent(cached, hash)
                .flatMap(present -> present ? Mono.just(false) : put(cached, hash, tar, size, true));
    }

    private Mono<Boolean> isPresent(Access cached, String hash) {
        Call call = call(HttpMethod.HEAD, cached, hash).within(settings.times().answer());
        // Without the right to list, S3 answers 403 for what does not exist.
        return signed(call, cached, Map.of())
                .exchange(call)
                .flatMap(answer -> answer.isSuccess()
                        ? Mono.just(true)
                        : answer.status() == 404 || answer.status() == 403
                                ? Mono.just(false)
                                : Mono.error(Failures.of(call, answer)));
    }

    /** Whether it was this one: of several processes that send the same context, the first is the one that counts. */
    private Mono<Boolean> put(Access cached, String hash, Publisher<ByteBuffer> tar, long size, boolean onlyIfMissing) {
        Call call = call(HttpMethod.PUT, cached, hash)
                .payload(new Call.Payload(
                        "application/x-tar",
                        () -> new Call.Body(
                                size,
                                Exactly.bytes("the build context", tar, size).map(Unpooled::wrappedBuffer))));
        Http http = onlyIfMissing ? signed(call, cached, ONLY_IF_MISSING) : signed(call, cached, Map.of());
        return http.exchange(call).flatMap(answer -> switch (answer.status()) {
            case 412 -> Mono.just(false);
            case 409 -> Mono.error(() -> underWay(call));
            // Not every storage knows the condition.
            case 501 -> onlyIfMissing ? put(cached, hash, tar, size, false) : Mono.error(Failures.of(call, answer));
            default -> answer.isSuccess() ? Mono.just(true) : Mono.error(Failures.of(call, answer));
        });
    }

    private static TransientException underWay(Call call) {
        return new TransientException(
                ErrorCode.CONFLICT,
                "the same build context is being uploaded by somebody else",
                Failures.context(call, 409, null),
                null);
    }

    private Http signed(Call call, Access cached, Map<String, String> more) {
        Instant now = clock.instant();
        return new Http(anonymous.headers(headers -> {
            sign(headers, call, cached, now);
            more.forEach(headers::set);
        }));
    }

    private static void sign(HttpHeaders headers, Call call, Access cached, Instant now) {
        cached.signature.sign(call.method().name(), call.uri(), now).forEach(headers::set);
    }

    private Call call(HttpMethod method, Access cached, String hash) {
        String path = "/" + Call.segment(cached.bucket) + "/" + Call.segment(cached.organizationId) + "/" + hash
                + "/context.tar";
        return Call.of(method, cached.storageUrl, path, settings.times().transfer());
    }

    private Access access(Wire.StorageAccess wire) {
        return new Access(
                Urls.trusted(settings.url(), Json.required(wire.storageUrl(), "storageUrl")),
                Json.required(wire.bucket(), "bucket"),
                Json.required(wire.organizationId(), "organizationId"),
                new AwsSignature(
                        Json.required(wire.accessKey(), "accessKey"),
                        Json.required(wire.secret(), "secret"),
                        Objects.requireNonNullElse(wire.sessionToken(), ""),
                        // Absent before 0.200, when there was one region only.
                        Wire.present(wire.region()).orElse("us-east-1")),
                clock.instant().plus(GOOD_FOR));
    }

    private record Access(
            java.net.URI storageUrl, String bucket, String organizationId, AwsSignature signature, Instant goodUntil) {
        boolean isStaleAt(Instant now) {
            return !now.isBefore(goodUntil);
        }
    }
}
