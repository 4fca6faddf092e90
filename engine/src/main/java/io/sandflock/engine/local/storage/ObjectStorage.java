/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.Secret;
import io.sandflock.engine.local.LocalLimits;
import io.sandflock.engine.local.http.Answers;
import io.sandflock.engine.local.http.Bodies;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.http.Json;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * One bucket, path-style: {@code PUT}, {@code HEAD} and {@code GET} of objects below the organization's id, each request signed with
 * the credentials of {@link #access}. Objects live in memory until the server ends. Thread-safe.
 */
public final class ObjectStorage {

    /** The first segment of its paths. */
    public static final String MOUNT = "storage";

    private static final String BUCKET = "contexts";
    private static final String REGION = "us-east-1";
    private static final String ACCESS_KEY = "SANDFLOCKLOCAL";

    private final String organization;
    private final LocalLimits limits;
    private final InstantSource clock;
    private final String secret;
    private final String token;
    private final Signature signature;
    private final Map<String, byte[]> objects = new HashMap<>();
    private final LongAdder uploads = new LongAdder();
    private long stored;

    /**
     * An empty storage. Loads the cryptography: not on an event loop.
     *
     * @param key of the server: the credentials are derived from it, so that no randomness is needed here
     */
    public ObjectStorage(String organization, Secret key, LocalLimits limits, InstantSource clock) {
        this.organization = organization;
        this.limits = limits;
        this.clock = clock;
        byte[] seed = key.reveal().getBytes(StandardCharsets.UTF_8);
        this.secret = Signature.hex(Signature.hmac(seed, "storage secret"));
        this.token = Signature.hex(Signature.hmac(seed, "storage session"));
        this.signature = new Signature(ACCESS_KEY, secret, token);
    }

    /** What {@code GET /object-storage/push-access} of the server at this origin answers. */
    public ObjectNode access(String origin) {
        return Json.object()
                .put("accessKey", ACCESS_KEY)
                .put("secret", secret)
                .put("sessionToken", token)
                .put("storageUrl", origin + "/" + MOUNT)
                .put("organizationId", organization)
                .put("bucket", BUCKET)
                .put("region", REGION);
    }

    /** An object that was uploaded, by its key. */
    public Optional<byte[]> find(String key) {
        synchronized (objects) {
            return Optional.ofNullable(objects.get(key));
        }
    }

    /** The build context that was uploaded under a hash. Cold. */
    public Mono<byte[]> context(String hash) {
        return Mono.defer(() -> Mono.justOrEmpty(find(organization + "/" + hash + "/context.tar")))
                .switchIfEmpty(Mono.error(() -> new PermanentException(
                        ErrorCode.NOT_FOUND,
                        "no build context was uploaded for the hash " + hash + "; expected an object " + organization
                                + "/" + hash + "/context.tar in the object storage",
                        ErrorContext.NONE)));
    }

    /** Answers a request whose decoded path below the mount this is. Cold. */
    public Mono<Void> answer(List<String> segments, HttpServerRequest request, HttpServerResponse response) {
        return handled(segments, request)
                .flatMap(found -> found.length == 0
                        ? Answers.empty(response, 200)
                        : Answers.bytes(response, 200, "application/octet-stream", found))
                .onErrorResume(Refusal.class, refused -> refuse(refused, request, response));
    }

    /** Does what a request asks for and tells its status alone. Cold. */
    public Mono<Integer> done(List<String> segments, HttpServerRequest request) {
        return handled(segments, request)
                .map(found -> 200)
                .onErrorResume(Refusal.class, refused -> Mono.just(refused.status()));
    }

    /** Objects that were stored. */
    public long uploads() {
        return uploads.sum();
    }

    private Mono<byte[]> handled(List<String> segments, HttpServerRequest request) {
        return Bodies.bytes(request, limits.objectBytes())
                .publishOn(Schedulers.boundedElastic())
                .flatMap(body -> Mono.fromCallable(() -> handle(segments, request, body)))
                .onErrorResume(HttpError.class, e -> Mono.error(tooLarge()));
    }

    /** The bytes to answer with. Hashes: not on an event loop. */
    private byte[] handle(List<String> segments, HttpServerRequest request, byte[] body) {
        String uri = request.uri();
        int query = uri.indexOf('?');
        String method = request.method().name();
        signature.check(
                method,
                query < 0 ? uri : uri.substring(0, query),
                query < 0 ? "" : uri.substring(query + 1),
                request.requestHeaders(),
                body,
                clock.instant());
        if (segments.size() < 3
                || !segments.get(0).equals(BUCKET)
                || !segments.get(1).equals(organization)) {
            throw Refusal.denied("only objects below the organization's id can be reached");
        }
        String key = String.join("/", segments.subList(1, segments.size()));
        return switch (method) {
            case "PUT" -> put(key, body, "*".equals(request.requestHeaders().get("if-none-match")));
            case "GET" -> get(key);
            case "HEAD" -> {
                get(key);
                yield new byte[0];
            }
            default -> throw new Refusal(405, "MethodNotAllowed", "PUT, GET and HEAD are what there is");
        };
    }

    private byte[] get(String key) {
        return find(key).orElseThrow(() -> new Refusal(404, "NoSuchKey", "there is no such object"));
    }

    /** @param fresh whether there must not be such an object yet */
    private byte[] put(String key, byte[] body, boolean fresh) {
        synchronized (objects) {
            byte[] old = objects.get(key);
            if (fresh && old != null) {
                throw new Refusal(412, "PreconditionFailed", "there is such an object already");
            }
            long after = stored + body.length - (old == null ? 0 : old.length);
            if (after > limits.storageBytes()) {
                throw new Refusal(507, "InsufficientStorage", "the storage holds " + limits.storageBytes() + " bytes");
            }
            stored = after;
            objects.put(key, body);
            uploads.increment();
            return new byte[0];
        }
    }

    private Refusal tooLarge() {
        return new Refusal(400, "EntityTooLarge", "an object has at most " + limits.objectBytes() + " bytes");
    }

    private static Mono<Void> refuse(Refusal refused, HttpServerRequest request, HttpServerResponse response) {
        // What is left of the body is not read: the connection cannot be used again.
        response.keepAlive(false);
        return request.method().name().equals("HEAD")
                ? Answers.empty(response, refused.status())
                : Answers.bytes(
                        response,
                        refused.status(),
                        "application/xml",
                        refused.xml().getBytes(StandardCharsets.UTF_8));
    }
}
