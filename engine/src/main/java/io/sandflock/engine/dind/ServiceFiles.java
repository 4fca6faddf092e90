/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileContent;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.FileStat;
import io.sandflock.LimitExceededException;
import io.sandflock.engine.exec.Archives;
import io.sandflock.engine.exec.CommandFiles;
import io.sandflock.engine.exec.LocalContents;
import io.sandflock.engine.exec.StreamedInput;
import io.sandflock.engine.frame.ShellWords;
import io.sandflock.engine.platform.Toolbox.Upload;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Files of a service, whole, as its default user. Nothing of them is ever in the service but in their own places. */
final class ServiceFiles {

    /** What fits into a request of its own: more is an upload before it. */
    private static final int INLINE = 24 << 10;

    private static final Pattern TOO_LARGE = Pattern.compile("!EFBIG (\\d+)\\s*$");
    private static final Pattern WHICH = Pattern.compile("@(\\d+)\\s*$");

    private final ServiceEnvironment service;
    private final ErrorContext context;
    private final Archives archives;

    ServiceFiles(ServiceEnvironment service, ErrorContext context) {
        this.archives = new Archives(service::exec, service::execStream, context);
        this.service = service;
        this.context = context;
    }

    /** A file's bytes, by the output of one command. */
    Mono<byte[]> read(String path, long limit) {
        Objects.requireNonNull(path, "path");
        if (limit < 0) {
            throw new IllegalArgumentException("limit must not be negative, was " + limit);
        }
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            return Mono.error(() -> new FileException(path.isEmpty() ? Errno.ENOENT : Errno.EINVAL, path, context));
        }
        ExecRequest request = ExecRequest.builder(
                        List.of("/bin/sh", "-c", Programs.READ, "sandflock-read", path, Long.toString(limit)))
                .outputLimit(Math.max(1, limit))
                .build();
        return service.exec(request)
                .flatMap(result -> content(result, path, limit))
                .checkpoint("readFile");
    }

    private Mono<byte[]> content(ExecResult result, String path, long limit) {
        if (result.success()) {
            long size = result.stdout().size();
            return size > limit
                    ? Mono.error(() -> new LimitExceededException(path, limit, size, context))
                    : Mono.just(result.stdout().bytes());
        }
        String stderr = result.stderr().text();
        Matcher large = TOO_LARGE.matcher(stderr);
        return large.find()
                ? Mono.error(() -> new LimitExceededException(path, limit, Long.parseLong(large.group(1)), context))
                : Mono.error(() -> new FileException(CommandFiles.errno(stderr, path), path, context));
    }

    /** A file's bytes as they come. */
    Flux<ByteBuffer> readStream(String path) {
        return archives.read(path);
    }

    /** A file or a directory, to this machine. */
    Mono<Void> download(String path, FileStat found, Path target, long limit) {
        return archives.download(path, found, target, limit);
    }

    /** All files through one command, whose input they are, one after another. */
    Mono<Void> write(Map<String, FileContent> contents) {
        Map<String, FileContent> files = Map.copyOf(contents);
        files.keySet().forEach(ServiceFiles::refuseOdd);
        if (files.isEmpty()) {
            return Mono.empty();
        }
        return LocalContents.of(files, context)
                .flatMap(found -> (found.uploads().isEmpty() ? Mono.<ExecResult>empty() : write(found))
                        .thenMany(Flux.fromIterable(found.folders()))
                        .concatMap(folder -> archives.upload(folder.target(), folder.source()), 1)
                        .then())
                .checkpoint("writeFiles");
    }

    private Mono<ExecResult> write(LocalContents found) {
        String end = SecretWord.next();
        byte[] list = list(found, end);
        long size =
                list.length + found.uploads().stream().mapToLong(Upload::size).sum();
        Flux<ByteBuffer> content = Flux.<ByteBuffer>defer(
                        () -> Flux.just(ByteBuffer.wrap(list).asReadOnlyBuffer()))
                .concatWith(Flux.fromIterable(found.uploads()).concatMap(Upload::content, 1));
        ExecRequest.Builder request =
                ExecRequest.builder(List.of("/bin/sh", "-c", Programs.WRITE, "sandflock-write", end));
        Mono<ExecResult> written = size <= INLINE
                ? Mono.defer(() -> {
                    byte[] all = new byte[(int) size];
                    return content.reduce(ByteBuffer.wrap(all), ByteBuffer::put)
                            .then(Mono.defer(
                                    () -> service.exec(request.stdin(all).build())));
                })
                : service.exec(request.build(), new StreamedInput(size, content));
        return written.flatMap(result -> result.success() ? Mono.just(result) : Mono.error(failed(result, found)));
    }

    /** Paths and sizes, a line each, continued by a backslash. */
    private static byte[] list(LocalContents found, String end) {
        StringBuilder list = new StringBuilder();
        for (Upload upload : found.uploads()) {
            ShellWords.quote(list, upload.path());
            list.append(' ').append(upload.size()).append(" \\\n");
        }
        return list.append(end).append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private FileException failed(ExecResult result, LocalContents found) {
        List<String> paths = new ArrayList<>();
        found.uploads().forEach(upload -> paths.add(upload.path()));
        String stderr = result.stderr().text();
        Matcher which = WHICH.matcher(stderr);
        boolean told = which.find() && Integer.parseInt(which.group(1)) < paths.size();
        String path = told ? paths.get(Integer.parseInt(which.group(1))) : paths.get(0);
        String reason = told ? stderr.substring(0, which.start()) : stderr;
        return new FileException(CommandFiles.errno(reason, path), path, context);
    }

    private static void refuseOdd(String path) {
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not a path: it must have a character, and none may be NUL");
        }
    }
}
