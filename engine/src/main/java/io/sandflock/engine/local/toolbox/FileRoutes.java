/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.sandflock.ErrorContext;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.engine.local.MachineFiles;
import io.sandflock.engine.local.MachineFiles.Stat;
import io.sandflock.engine.local.http.Answers;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.http.Json;
import io.sandflock.engine.local.http.Multipart;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code /files}: one file or directory at a time. Errors of the file system have a status and, as in v0.190, no body. */
final class FileRoutes {

    private FileRoutes() {}

    /** The status that stands for an error. */
    static int status(Errno errno) {
        return switch (errno) {
            case ENOENT -> 404;
            case EACCES, EROFS -> 403;
            case EEXIST -> 409;
            default -> 400;
        };
    }

    static Mono<Void> route(Call call) {
        if (call.is("GET", "files")) {
            return list(call);
        }
        if (call.is("DELETE", "files")) {
            return files(call)
                    .delete(path(call), call.target().flag("recursive"))
                    .then(call.empty(204));
        }
        if (call.depth() != 2) {
            return ToolboxRoutes.unknown(call);
        }
        return switch (call.method() + " " + call.segment(1)) {
            case "GET info" -> files(call).stat(path(call)).flatMap(stat -> call.json(200, FileInfo.of(stat)));
            case "GET download" -> download(call);
            case "GET find" -> TextRoutes.find(call);
            case "GET search" -> TextRoutes.search(call);
            case "POST folder" -> folder(call);
            case "POST move" -> move(call);
            case "POST permissions" -> permissions(call);
            case "POST upload" -> upload(call);
            case "POST replace" -> TextRoutes.replace(call);
            case "POST bulk-upload" -> BulkRoutes.upload(call);
            case "POST bulk-download" -> BulkRoutes.download(call);
            default -> ToolboxRoutes.unknown(call);
        };
    }

    static MachineFiles files(Call call) {
        return call.machine().files();
    }

    /** A path that must be there; its absence is a 400 without a body, as all that concerns files. */
    static String path(Call call) {
        return parameter(call, "path");
    }

    private static String parameter(Call call, String name) {
        return call.target().parameter(name).orElseThrow(() -> new FileException(Errno.EINVAL, "", ErrorContext.NONE));
    }

    private static Mono<Void> list(Call call) {
        String path = call.target().parameter("path").orElse(".");
        return files(call).list(path).flatMap(entries -> call.json(200, infos(entries)));
    }

    private static ArrayNode infos(List<Stat> entries) {
        ArrayNode infos = Json.object().putArray("files");
        entries.forEach(entry -> infos.add(FileInfo.of(entry)));
        return infos;
    }

    private static Mono<Void> folder(Call call) {
        int mode = mode(call).orElse(0755);
        // Over a file the daemon says 400 and not 409.
        return files(call)
                .createFolder(path(call), mode)
                .onErrorMap(FileException.class, e -> e.errno() == Errno.EEXIST ? withErrno(e, Errno.ENOTDIR) : e)
                .then(call.empty(201));
    }

    private static FileException withErrno(FileException e, Errno errno) {
        return new FileException(errno, e.path(), e.context());
    }

    private static Mono<Void> move(Call call) {
        return files(call)
                .move(parameter(call, "source"), parameter(call, "destination"))
                .then(call.empty(200));
    }

    private static Mono<Void> permissions(Call call) {
        return files(call)
                .setPermissions(
                        path(call),
                        mode(call),
                        call.target().parameter("owner"),
                        call.target().parameter("group"))
                .then(call.empty(200));
    }

    private static Optional<Integer> mode(Call call) {
        return call.target().parameter("mode").map(FileRoutes::octal);
    }

    private static int octal(String text) {
        if (!text.matches("[0-7]{1,5}") || Integer.parseInt(text, 8) > 07777) {
            throw new FileException(Errno.EINVAL, "", ErrorContext.NONE);
        }
        return Integer.parseInt(text, 8);
    }

    /** One file; unlike the bulk upload it creates no parents. */
    private static Mono<Void> upload(Call call) {
        String path = path(call);
        return files(call)
                .stat(parent(path))
                .onErrorMap(FileException.class, e -> withErrno(e, Errno.ENOTDIR))
                .thenMany(Multipart.parts(call.request(), 16, part -> writeFile(call, path, part)))
                .count()
                .filter(written -> written > 0)
                .switchIfEmpty(Mono.error(() -> HttpError.badRequest("no file part in the request")))
                .then(call.empty(200));
    }

    private static Flux<Long> writeFile(Call call, String path, Multipart.Part part) {
        return part.name().equals("file") ? files(call).write(path, part.body()).flux() : Flux.empty();
    }

    private static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "." : slash == 0 ? "/" : path.substring(0, slash);
    }

    private static Mono<Void> download(Call call) {
        String path = path(call);
        // The first chunk, or the error, is waited for: after it the status is on the wire.
        return files(call)
                .read(path)
                .map(FileRoutes::bytes)
                .switchOnFirst((first, chunks) -> first.hasError() ? chunks.then() : attachment(call, path, chunks))
                .then();
    }

    private static Mono<Void> attachment(Call call, String path, Flux<byte[]> chunks) {
        call.response()
                .header(HttpHeaderNames.CONTENT_DISPOSITION, "attachment; filename=\"" + headerName(path) + "\"");
        return Answers.stream(call.response(), 200, "application/octet-stream", chunks);
    }

    /** Nothing of a name but printable ASCII may come into a header. */
    private static String headerName(String path) {
        return path.substring(path.lastIndexOf('/') + 1).replaceAll("[^ -~]|[\"\\\\]", "_");
    }

    static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
