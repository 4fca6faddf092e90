/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.FileContent;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.LimitExceededException;
import io.sandflock.PermanentException;
import io.sandflock.TransientException;
import io.sandflock.engine.platform.Toolbox;
import io.sandflock.engine.platform.Toolbox.Download;
import io.sandflock.engine.platform.Toolbox.FileInfo;
import io.sandflock.engine.platform.Toolbox.Upload;
import io.sandflock.engine.tar.HostFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Files through the sandbox's daemon, which acts as the environment's user and resolves relative paths as commands do. */
final class ToolboxFiles {

    /** Types before the nine permission letters, in Go's and in {@code ls}'s spelling: device, pipe, socket. */
    private static final String SPECIAL = "DcbpSs";

    private final Toolbox toolbox;
    private final Vitals vitals;
    private final Recovery recovery;
    private final CommandFiles commands;
    private final Archives archives;

    ToolboxFiles(Toolbox toolbox, Vitals vitals, Recovery recovery, CommandFiles commands, Archives archives) {
        this.toolbox = toolbox;
        this.vitals = vitals;
        this.recovery = recovery;
        this.commands = commands;
        this.archives = archives;
    }

    /** A regular file's bytes; looks first, since a pipe would be waited for and a device never ends. */
    Mono<byte[]> read(String path, long limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("limit must not be negative, was " + limit);
        }
        return look(path)
                .flatMap(info -> this.<byte[]>refused(path, info, limit))
                .switchIfEmpty(Mono.defer(() -> recovery.apply(download(path, limit))))
                .onErrorMap(namesThe(path))
                .checkpoint("readFile");
    }

    /** As it comes; looks first as well. */
    Flux<ByteBuffer> readStream(String path) {
        return look(path)
                .flatMap(info -> refused(path, info, Long.MAX_VALUE))
                .thenMany(recovery.untilFirst(Flux.defer(() -> toolbox.read(path))))
                .onErrorMap(namesThe(path))
                .checkpoint("readStream");
    }

    /** To this machine, a file by its bytes and a directory as an archive. */
    Mono<Void> download(String path, Path target, long limit) {
        Objects.requireNonNull(target, "target");
        if (limit < 0) {
            throw new IllegalArgumentException("limit must not be negative, was " + limit);
        }
        return look(path)
                .flatMap(info -> info.isDirectory()
                        ? archives.download(path, target, limit)
                        : refused(path, info, limit).then(downloadFile(path, info, target, limit)))
                .onErrorMap(namesThe(path, target))
                .checkpoint("download");
    }

    private Mono<Void> downloadFile(String path, FileInfo info, Path target, long limit) {
        // Whole or not at all, so it may be begun again.
        return recovery.apply(HostFile.write(
                        Flux.defer(() -> toolbox.read(path)),
                        target,
                        mode(info),
                        limit,
                        () -> new LimitExceededException(path, limit, -1, vitals.context())))
                .onErrorMap(UncheckedIOException.class, e -> HostErrors.of(e.getCause(), target, vitals.context()));
    }

    private static int mode(FileInfo info) {
        return info.permissions().matches("[0-7]{1,5}") ? Integer.parseInt(info.permissions(), 8) & 0777 : 0644;
    }

    private Mono<FileInfo> look(String path) {
        return FileCommands.checked(path, vitals.context())
                .flatMap(given -> recovery.apply(Mono.defer(() -> toolbox.info(given))))
                .onErrorResume(FileException.class, error -> explained(path, error));
    }

    /** All files in one upload; each local folder in one more, and a command. */
    Mono<Void> write(Map<String, FileContent> contents) {
        Map<String, FileContent> files = Map.copyOf(contents);
        files.keySet().forEach(ToolboxFiles::refuseOdd);
        return LocalContents.of(files, vitals.context())
                .flatMap(found -> upload(found.uploads())
                        .thenMany(Flux.fromIterable(found.folders()))
                        .concatMap(folder -> archives.upload(folder.target(), folder.source()), 1)
                        .then())
                .checkpoint("writeFiles");
    }

    private Mono<Void> upload(List<Upload> uploads) {
        List<Upload> plain =
                uploads.stream().filter(upload -> !isTrimmed(upload.path())).toList();
        List<Upload> trimmed =
                uploads.stream().filter(upload -> isTrimmed(upload.path())).toList();
        return Mono.just(plain)
                .filter(files -> !files.isEmpty())
                .flatMap(files -> recovery.apply(Mono.defer(() -> toolbox.upload(files))))
                .thenMany(Flux.fromIterable(trimmed))
                .concatMap(this::writeByCommand, 1)
                .then();
    }

    /** The daemon trims the paths of uploads: it would write elsewhere. */
    private static boolean isTrimmed(String path) {
        return !path.strip().equals(path);
    }

    private Mono<Void> writeByCommand(Upload upload) {
        return Mono.defer(() -> {
            byte[] bytes = new byte[Math.toIntExact(upload.size())];
            return Flux.from(upload.content())
                    .reduce(ByteBuffer.wrap(bytes), ByteBuffer::put)
                    .then(commands.write(upload.path(), bytes));
        });
    }

    /** Daemons answer several errors alike, and without a text. */
    private Mono<FileInfo> explained(String path, FileException error) {
        return error.errno() == Errno.ENOTDIR ? commands.explain(path).then(Mono.error(error)) : Mono.error(error);
    }

    private Mono<byte[]> download(String path, long limit) {
        return Mono.defer(() -> toolbox.download(List.of(path), limit)
                .concatMap(Download::result, 1)
                .next()
                .switchIfEmpty(Mono.error(() -> new TransientException(
                        ErrorCode.PLATFORM_ERROR,
                        path + ": the sandbox's daemon answered without the file that was asked for",
                        vitals.context(),
                        null))));
    }

    /** Errors when the file cannot be read; empty when it can. */
    private <T> Mono<T> refused(String path, FileInfo info, long limit) {
        if (info.isDirectory()) {
            return Mono.error(() -> new FileException(Errno.EISDIR, path, vitals.context()));
        }
        String type = info.mode().substring(0, Math.max(0, info.mode().length() - 9));
        if (type.chars().anyMatch(letter -> SPECIAL.indexOf(letter) >= 0)) {
            return Mono.error(() -> new FileException(Errno.EINVAL, path, vitals.context()));
        }
        return info.size() > limit
                ? Mono.error(() -> new LimitExceededException(path, limit, info.size(), vitals.context()))
                : Mono.empty();
    }

    /** Errors in POSIX terms, with the path as the caller gave it. */
    private Function<Throwable, Throwable> namesThe(String path) {
        return error -> {
            if (error instanceof FileException file && !file.path().equals(path)) {
                return new FileException(file.errno(), path, file.context());
            }
            return error instanceof PermanentException missing && missing.code() == ErrorCode.NOT_FOUND
                    ? new FileException(Errno.ENOENT, path, missing.context())
                    : error;
        };
    }

    /** As the other, but an error of this machine keeps this machine's path. */
    private Function<Throwable, Throwable> namesThe(String path, Path target) {
        Function<Throwable, Throwable> names = namesThe(path);
        Path folder = Objects.requireNonNullElse(target.getParent(), Path.of(""));
        return error ->
                error instanceof FileException file && file.path().startsWith(folder + "") ? error : names.apply(error);
    }

    private static void refuseOdd(String path) {
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not a path: it must have a character, and none may be NUL");
        }
    }
}
