/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.engine.local.MachineFiles.Stat;
import io.sandflock.engine.local.http.Answers;
import io.sandflock.engine.local.http.ByteLimit;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.http.Json;
import io.sandflock.engine.local.http.Multipart;
import io.sandflock.engine.local.http.Multipart.Part;
import io.sandflock.engine.local.http.MultipartAnswer;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code /files/bulk-upload} and {@code /files/bulk-download}: many files in one request, as streams. */
final class BulkRoutes {

    private static final int MAX_FILES = 10_000;
    private static final int MAX_PATH = 16 * 1024;
    private static final long MAX_BODY = 8L << 20;
    /** A file whose size the kernel does not tell, below {@code /proc} for example, is held until it is known. */
    private static final long MAX_UNSIZED = 16L << 20;

    private static final Pattern FIELD = Pattern.compile("files\\[(\\d{1,9})]\\.(path|file)");
    private static final MultipartAnswer PARTS = new MultipartAnswer("DAYTONA-FILE-BOUNDARY");

    private BulkRoutes() {}

    static Mono<Void> upload(Call call) {
        return Mono.defer(() -> {
            Upload upload = new Upload(call);
            return Multipart.parts(call.request(), 2 * MAX_FILES, upload::part).then(Mono.defer(upload::answer));
        });
    }

    /** One upload; its parts come one after another. */
    private static final class Upload {

        private final Call call;
        private final Map<String, String> paths = new HashMap<>();
        private final ArrayNode files = Json.object().putArray("files");
        private final ArrayNode errors = Json.object().putArray("errors");

        Upload(Call call) {
            this.call = call;
        }

        Mono<Void> part(Part part) {
            Matcher field = FIELD.matcher(part.name());
            if (!field.matches()) {
                return Mono.empty();
            }
            String index = field.group(1);
            if (field.group(2).equals("path")) {
                return ByteLimit.collect(part.body(), MAX_PATH, HttpError::tooLarge)
                        .doOnNext(
                                bytes -> paths.put(index, FileRoutes.text(bytes).strip()))
                        .then();
            }
            String path = paths.get(index);
            if (path == null || path.isEmpty()) {
                errors.add("file[" + index + "]: missing .path metadata");
                return part.body().then();
            }
            return FileRoutes.files(call)
                    .write(path, part.body())
                    .doOnNext(bytes -> files.addObject().put("path", path).put("bytes", bytes))
                    .onErrorResume(FileException.class, e -> Mono.fromRunnable(() -> errors.add(message(path, e))))
                    .then();
        }

        private static String message(String path, FileException e) {
            return path + ": create: open " + path + ": " + e.errno().text().toLowerCase(Locale.ROOT);
        }

        /** What was written stays written, and is named also beside errors. */
        Mono<Void> answer() {
            ObjectNode body = Json.object();
            if (!errors.isEmpty()) {
                body.set("errors", errors);
            }
            if (files.isEmpty()) {
                body.putNull("files");
            } else {
                body.set("files", files);
            }
            return call.json(errors.isEmpty() ? 200 : 400, body);
        }
    }

    static Mono<Void> download(Call call) {
        return call.body(MAX_BODY)
                .map(body -> Fields.list(body, "paths", MAX_FILES))
                .onErrorMap(HttpError.class, e -> e.status() == 413 ? e : new EmptyPaths())
                .flatMap(paths -> paths.isEmpty() ? Mono.error(new EmptyPaths()) : send(call, paths))
                .onErrorResume(
                        EmptyPaths.class, e -> call.json(400, Json.object().put("error", EmptyPaths.TEXT)));
    }

    private static final class EmptyPaths extends RuntimeException {

        private static final long serialVersionUID = 1L;
        static final String TEXT = "request body must be {\"paths\": [ ... ]} and non-empty";

        EmptyPaths() {
            super(TEXT, null, false, false);
        }
    }

    private static Mono<Void> send(Call call, List<String> paths) {
        Flux<byte[]> parts = Flux.fromIterable(paths).concatMap(path -> part(call, path), 1);
        return Answers.stream(call.response(), 200, PARTS.contentType(), parts.concatWith(PARTS.end()));
    }

    /** Errors until the first byte are a part of their own; one in the midst breaks the answer off. */
    private static Flux<byte[]> part(Call call, String path) {
        return FileRoutes.files(call)
                .read(
                        path,
                        (stat, bytes) ->
                                stat.isRegular() && stat.size() > 0 ? sized(path, stat, bytes) : unsized(path, bytes))
                .switchOnFirst(
                        (first, bytes) -> first.getThrowable() instanceof FileException e ? error(path, e) : bytes);
    }

    private static Flux<byte[]> sized(String path, Stat stat, Flux<ByteBuffer> contents) {
        return contents.switchOnFirst((first, bytes) -> first.getThrowable() instanceof FileException e
                ? Flux.<byte[]>error(e)
                : PARTS.part("file", path, type(path), OptionalLong.of(stat.size()), exactly(bytes, stat.size())));
    }

    private static Flux<byte[]> unsized(String path, Flux<ByteBuffer> contents) {
        return ByteLimit.collect(contents, MAX_UNSIZED, BulkRoutes::tooLong)
                .flatMapMany(all -> PARTS.part("file", path, type(path), OptionalLong.of(all.length), Flux.just(all)));
    }

    private static HttpError tooLong(long limit) {
        return HttpError.internal("a file without a size has more than " + limit + " bytes");
    }

    /** As many bytes as were announced: a file that grows is cut, one that shrank is an error. */
    private static Flux<byte[]> exactly(Flux<ByteBuffer> contents, long size) {
        return Flux.defer(() -> {
            long[] left = {size};
            return contents.map(buffer -> head(buffer, left))
                    .takeUntil(bytes -> left[0] == 0)
                    .concatWith(Flux.defer(() -> left[0] == 0
                            ? Flux.empty()
                            : Flux.error(new IllegalStateException("a file shrank while it was sent"))));
        });
    }

    private static byte[] head(ByteBuffer buffer, long[] left) {
        ByteBuffer head = buffer.duplicate();
        head.limit(head.position() + (int) Math.min(head.remaining(), left[0]));
        left[0] -= head.remaining();
        return FileRoutes.bytes(head);
    }

    private static Flux<byte[]> error(String path, FileException e) {
        ObjectNode body = Json.object()
                .put("statusCode", e.errno() == Errno.EIO ? 500 : FileRoutes.status(e.errno()))
                .put("message", e.errno().text().toLowerCase(Locale.ROOT) + ": " + path)
                .put("code", code(e.errno()));
        byte[] bytes = Json.bytes(body);
        return PARTS.part("error", path, "application/json", OptionalLong.empty(), Flux.just(bytes));
    }

    private static String code(Errno errno) {
        return switch (errno) {
            case ENOENT -> "FILE_NOT_FOUND";
            case EACCES -> "FILE_ACCESS_DENIED";
            case EIO, ENOSPC -> "FILE_READ_FAILED";
            default -> "INVALID_FILE_PATH";
        };
    }

    private static String type(String path) {
        String guessed = URLConnection.getFileNameMap().getContentTypeFor(path);
        return guessed == null
                ? "application/octet-stream"
                : guessed.startsWith("text/") ? guessed + "; charset=utf-8" : guessed;
    }
}
