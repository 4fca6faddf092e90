/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.ErrorContext;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.engine.platform.Toolbox.Download;
import io.sandflock.engine.platform.Toolbox.FileInfo;
import io.sandflock.engine.platform.Toolbox.Upload;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code /files}. */
final class ToolboxFiles {

    private final ToolboxHttp http;
    private final Duration transferWithin;
    private final Duration gap;

    ToolboxFiles(ToolboxHttp http) {
        this.http = http;
        this.transferWithin = http.settings().times().transfer();
        this.gap = http.settings().times().answer();
    }

    Mono<Void> upload(List<Upload> uploads) {
        if (uploads.isEmpty()) {
            return Mono.empty();
        }
        for (Upload upload : uploads) {
            // The daemon trims the path: it would write elsewhere.
            if (upload.path().isEmpty() || !upload.path().strip().equals(upload.path())) {
                return Mono.error(() -> new FileException(Errno.EINVAL, upload.path(), ErrorContext.NONE));
            }
        }
        return Mono.defer(() -> http.located(http.call(HttpMethod.POST, "/files/bulk-upload")
                        .within(transferWithin)
                        .payload(MultipartUpload.of(uploads))))
                .flatMap(call -> http.exchange(call)
                        .flatMap(answer -> answer.isSuccess()
                                ? Mono.empty()
                                : Mono.error(FileErrors.ofUpload(call, answer, uploads))));
    }

    Flux<Download> download(List<String> paths, long limit) {
        if (paths.isEmpty()) {
            return Flux.empty();
        }
        return Flux.defer(() -> {
            Call call = http.call(HttpMethod.POST, "/files/bulk-download")
                    .within(transferWithin)
                    .json(Map.of("paths", paths));
            return http.stream(
                            call,
                            gap,
                            response -> parts(
                                    call,
                                    Objects.requireNonNullElse(
                                            response.responseHeaders().get(HttpHeaderNames.CONTENT_TYPE), ""),
                                    paths,
                                    limit))
                    .takeUntilOther(Mono.delay(transferWithin)
                            .then(Mono.error(
                                    () -> Failures.transport(call, new java.util.concurrent.TimeoutException()))));
        });
    }

    private static java.util.function.Function<Flux<byte[]>, Flux<Download>> parts(
            Call call, String contentType, List<String> paths, long limit) {
        MultipartDownload download = new MultipartDownload(call, contentType, paths, limit);
        return bytes -> bytes.concatMapIterable(download::feed, 1)
                .concatWith(Flux.defer(() -> Flux.fromIterable(download.end())))
                // The rest would be skipped anyway: of a file that is too large, it may be very long.
                .takeUntil(last -> download.isAnswered());
    }

    Flux<ByteBuffer> read(String path) {
        return Flux.defer(() -> {
            Call call = http.call(HttpMethod.GET, "/files/download").query("path", path);
            return http.located(call)
                    .flatMapMany(at -> http.stream(
                            at,
                            gap,
                            answer -> FileErrors.of(at, answer, path, Errno.EISDIR),
                            response -> bytes -> bytes.map(ByteBuffer::wrap)));
        });
    }

    Mono<FileInfo> info(String path) {
        return exchange(HttpMethod.GET, "/files/info", path, Errno.ENOTDIR, "path", path)
                .flatMap(done -> Json.decode(done.call, done.answer, Info.class, Info::toFileInfo));
    }

    Flux<FileInfo> list(String path) {
        return exchange(HttpMethod.GET, "/files", path, Errno.ENOTDIR, "path", path)
                .flatMap(done -> Json.decode(done.call, done.answer, Info[].class, Info::toFileInfos))
                .flatMapIterable(entries -> entries);
    }

    Mono<Void> createFolder(String path, String mode) {
        return exchange(HttpMethod.POST, "/files/folder", path, Errno.ENOTDIR, "path", path, "mode", mode)
                .then();
    }

    Mono<Void> delete(String path, boolean recursive) {
        String[] query = recursive ? new String[] {"path", path, "recursive", "true"} : new String[] {"path", path};
        return exchange(HttpMethod.DELETE, "/files", path, Errno.EISDIR, query).then();
    }

    Mono<Void> setPermissions(String path, Optional<String> mode, Optional<String> owner, Optional<String> group) {
        List<String> query = new ArrayList<>(List.of("path", path));
        mode.ifPresent(value -> query.addAll(List.of("mode", value)));
        owner.ifPresent(value -> query.addAll(List.of("owner", value)));
        group.ifPresent(value -> query.addAll(List.of("group", value)));
        return exchange(HttpMethod.POST, "/files/permissions", path, Errno.EINVAL, query.toArray(String[]::new))
                .then();
    }

    private Mono<Done> exchange(HttpMethod method, String route, String path, Errno badRequest, String... query) {
        return http.located(http.call(method, route).query(query))
                .flatMap(call -> http.exchange(call)
                        .flatMap(answer -> answer.isSuccess()
                                ? Mono.just(new Done(call, answer))
                                : Mono.error(FileErrors.of(call, answer, path, badRequest))));
    }

    private record Done(Call call, Answer answer) {}

    record Info(
            @Nullable String name,
            @Nullable Long size,
            @Nullable String mode,
            @Nullable String permissions,
            @Nullable Boolean isDir,
            @Nullable String owner,
            @Nullable String group,
            @Nullable String modifiedAt) {

        FileInfo toFileInfo() {
            return new FileInfo(
                    Json.required(name, "name"),
                    Json.required(size, "size"),
                    Objects.requireNonNullElse(mode, ""),
                    Objects.requireNonNullElse(permissions, ""),
                    Json.required(isDir, "isDir"),
                    Objects.requireNonNullElse(owner, ""),
                    Objects.requireNonNullElse(group, ""),
                    Wire.instant(modifiedAt));
        }

        static List<FileInfo> toFileInfos(@Nullable Info[] entries) {
            List<FileInfo> result = new ArrayList<>(entries.length);
            for (Info entry : entries) {
                result.add(Json.required(entry, "[]").toFileInfo());
            }
            return result;
        }
    }
}
