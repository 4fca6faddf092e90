/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileContent;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.FileStat;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Files through commands, each of which runs at most once, as the environment's user and in its working directory. */
public final class CommandFiles {

    /** Of a directory's listing; a million entries of sixty bytes. */
    private static final long LISTING = 64L << 20;

    private final Function<ExecRequest, Mono<ExecResult>> exec;
    private final ErrorContext context;

    /** @param context of the errors */
    public CommandFiles(Function<ExecRequest, Mono<ExecResult>> exec, ErrorContext context) {
        this.exec = exec;
        this.context = context;
    }

    /** {@link io.sandflock.Environment#stat}. */
    public Mono<FileStat> stat(String path) {
        return run(FileCommands.STAT, path, request -> {})
                .map(result -> StatLines.one(path, result.stdout().text()))
                .checkpoint("stat");
    }

    /** {@link io.sandflock.Environment#list}. */
    public Mono<List<FileStat>> list(String path) {
        return run(FileCommands.LIST, path, request -> request.outputLimit(LISTING))
                .map(result -> StatLines.entries(result.stdout().text()))
                .checkpoint("list");
    }

    /** {@link io.sandflock.Environment#delete}. */
    public Mono<Void> delete(String path, boolean recursive) {
        return checked(path)
                .flatMap(given ->
                        exec.apply(FileCommands.request(FileCommands.DELETE, given, recursive ? "recursive" : "")
                                .build()))
                .flatMap(result -> succeeded(result, path))
                .then()
                .checkpoint("delete");
    }

    /** {@link io.sandflock.Environment#append}. */
    public Mono<Void> append(String path, FileContent content) {
        Objects.requireNonNull(content, "content");
        return bytes(content)
                .flatMap(bytes -> run(FileCommands.APPEND, path, request -> request.stdin(bytes)))
                .then()
                .checkpoint("append");
    }

    /** For names that the daemon would change: it trims them. */
    Mono<Void> write(String path, byte[] bytes) {
        return run(FileCommands.WRITE, path, request -> request.stdin(bytes)).then();
    }

    /** Errors with the reason why nothing can be known of a path, where there is one; for answers that do not tell it. */
    Mono<Void> explain(String path) {
        return stat(path).then();
    }

    private Mono<ExecResult> run(String program, String path, java.util.function.Consumer<ExecRequest.Builder> adjust) {
        return checked(path)
                .map(given -> {
                    ExecRequest.Builder request = FileCommands.request(program, given);
                    adjust.accept(request);
                    return request.build();
                })
                .flatMap(exec)
                .flatMap(result -> succeeded(result, path));
    }

    private Mono<String> checked(String path) {
        Objects.requireNonNull(path, "path");
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            return Mono.error(() -> new FileException(path.isEmpty() ? Errno.ENOENT : Errno.EINVAL, path, context));
        }
        return Mono.just(path);
    }

    private Mono<ExecResult> succeeded(ExecResult result, String path) {
        return result.success()
                ? Mono.just(result)
                : Mono.error(() -> new FileException(errno(result.stderr().text(), path), path, context));
    }

    /**
     * Why a program failed, by the last line on standard error: a tool's own message in the C locale, or {@code !} and the error's
     * name. BusyBox prints a path as it is: one with a line end must not be taken for a reason.
     */
    public static Errno errno(String stderr, String path) {
        List<String> lines = stderr.replace(path, "").strip().lines().toList();
        String last = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
        return last.startsWith("!")
                ? Errno.ofName(last.substring(1))
                : Errno.ofMessage(last).orElse(Errno.EIO);
    }

    private Mono<byte[]> bytes(FileContent content) {
        return content instanceof FileContent.Local local
                ? Mono.fromCallable(() -> Files.readAllBytes(local.path()))
                        .onErrorMap(IOException.class, error -> unreadable(local.path(), error))
                        .subscribeOn(Schedulers.boundedElastic())
                : Mono.fromSupplier(() -> ((FileContent.Bytes) content).bytes());
    }

    private FileException unreadable(Path path, IOException error) {
        Errno errno = Files.isDirectory(path)
                ? Errno.EISDIR
                : error instanceof NoSuchFileException
                        ? Errno.ENOENT
                        : error instanceof AccessDeniedException ? Errno.EACCES : Errno.EIO;
        return new FileException(errno, path.toString(), context);
    }
}
