/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.ExecResult.Output;
import io.sandflock.FileContent;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.FileStat;
import io.sandflock.LimitExceededException;
import java.io.IOException;
import java.nio.file.Files;
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
                .map(result -> StatLines.entries(whole(path, result).text()))
                .checkpoint("list");
    }

    /** {@link io.sandflock.Environment#delete}. */
    public Mono<Void> delete(String path, boolean recursive) {
        return FileCommands.checked(path, context)
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
        return FileCommands.checked(path, context)
                .map(given -> {
                    ExecRequest.Builder request = FileCommands.request(program, given);
                    adjust.accept(request);
                    return request.build();
                })
                .flatMap(exec)
                .flatMap(result -> succeeded(result, path));
    }

    /** Of a listing that was cut, the oldest part is missing: better none than one that looks whole. */
    private Output whole(String path, ExecResult result) {
        if (result.stdout().truncated()) {
            throw new LimitExceededException(
                    "the listing of " + path, LISTING, result.stdout().size(), context);
        }
        return result.stdout();
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
        if (content instanceof FileContent.Local local) {
            return Mono.fromCallable(() -> Files.readAllBytes(local.path()))
                    .onErrorMap(IOException.class, error -> unreadable(local.path(), error))
                    .subscribeOn(Schedulers.boundedElastic());
        }
        return content instanceof FileContent.Stream stream
                ? Contents.collect(stream)
                : Mono.fromSupplier(() -> ((FileContent.Bytes) content).bytes());
    }

    private FileException unreadable(Path path, IOException error) {
        return Files.isDirectory(path)
                ? new FileException(Errno.EISDIR, path.toString(), context)
                : HostErrors.of(error, path, context);
    }
}
