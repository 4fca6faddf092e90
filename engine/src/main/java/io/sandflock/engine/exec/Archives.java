/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.FileStat;
import io.sandflock.LimitExceededException;
import io.sandflock.PermanentException;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.tar.HostFile;
import io.sandflock.engine.tar.HostTree;
import io.sandflock.engine.tar.TarArchive;
import io.sandflock.engine.tar.TarException;
import io.sandflock.engine.tar.TarReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Folders as archives, each by one command that runs at most once: it reads the archive as its input, or prints it. For every
 * environment that can run commands.
 */
public final class Archives {

    private static final String NO_TAR = "!NOTAR";
    /** What GNU tar says of a file that changed while it was packed, and exits with 1. */
    private static final List<String> HARMLESS =
            List.of("file changed as we read it", "File removed before we read it", "socket ignored");

    private static final int MAX_MESSAGE = 64 << 10;

    private final BiFunction<ExecRequest, StreamedInput, Mono<ExecResult>> exec;
    private final Function<ExecRequest, Flux<ExecEvent>> stream;
    private final ErrorContext context;

    /**
     * @param exec runs a command with an input
     * @param stream runs a command and passes its output on
     * @param context of the errors
     */
    public Archives(
            BiFunction<ExecRequest, StreamedInput, Mono<ExecResult>> exec,
            Function<ExecRequest, Flux<ExecEvent>> stream,
            ErrorContext context) {
        this.exec = exec;
        this.stream = stream;
        this.context = context;
    }

    /** Writes all that is in a folder of this machine into a directory of the environment, which is made when it is not there. */
    public Mono<Void> upload(String path, Path folder) {
        return Mono.fromCallable(() -> TarArchive.of(HostTree.items(folder)))
                .subscribeOn(Schedulers.boundedElastic())
                .onErrorMap(IOException.class, error -> HostErrors.of(error, folder, context))
                .flatMap(archive -> FileCommands.checked(path, context)
                        .flatMap(given -> exec.apply(
                                FileCommands.request(FileCommands.UNPACK, given).build(),
                                new StreamedInput(
                                        archive.size(), HostErrors.told(archive.content(), folder, context)))))
                .onErrorMap(FileException.class, error -> named(error, path))
                .flatMap(result -> result.success()
                        ? Mono.<Void>empty()
                        : Mono.error(() -> failed(path, result.stderr().text())))
                .checkpoint("upload of a folder");
    }

    /** {@link io.sandflock.Environment#download(String, Path, long)} for a path that is a directory. */
    public Mono<Void> download(String path, Path target, long limit) {
        return Mono.defer(() -> HostTree.unpack(
                        TarReader.read(print(FileCommands.PACK, path)), target, limit, () -> tooLarge(path, limit)))
                .onErrorMap(TarException.class, error -> refused(path, error))
                .onErrorMap(UncheckedIOException.class, error -> HostErrors.of(error.getCause(), target, context))
                .checkpoint("download of a directory");
    }

    /** {@link io.sandflock.Environment#download(String, Path, long)} by commands alone. */
    public Mono<Void> download(String path, FileStat found, Path target, long limit) {
        if (found.type() == FileStat.Type.DIRECTORY) {
            return download(path, target, limit);
        }
        return HostFile.write(
                        read(path),
                        target,
                        found.permissions(),
                        limit,
                        () -> new LimitExceededException(path, limit, -1, context))
                .onErrorMap(UncheckedIOException.class, error -> HostErrors.of(error.getCause(), target, context));
    }

    /** {@link io.sandflock.Environment#readStream(String)} by a command. */
    public Flux<ByteBuffer> read(String path) {
        return print(FileCommands.READ, path);
    }

    private Flux<ByteBuffer> print(String program, String path) {
        return Flux.defer(() -> {
            ByteArrayOutputStream stderr = new ByteArrayOutputStream();
            return FileCommands.checked(path, context)
                    .flatMapMany(given ->
                            stream.apply(FileCommands.request(program, given).build()))
                    .concatMap(event -> bytes(path, event, stderr), 1);
        });
    }

    private Mono<ByteBuffer> bytes(String path, ExecEvent event, ByteArrayOutputStream stderr) {
        if (event instanceof ExecEvent.Stdout chunk) {
            return Mono.just(ByteBuffer.wrap(chunk.bytes()));
        }
        if (event instanceof ExecEvent.Stderr chunk) {
            stderr.write(chunk.bytes(), 0, Math.min(chunk.bytes().length, MAX_MESSAGE - stderr.size()));
            return Mono.empty();
        }
        String said = stderr.toString(StandardCharsets.UTF_8);
        boolean good = event instanceof ExecEvent.Exited exited
                && (exited.exitCode() == 0 || (exited.exitCode() == 1 && isHarmless(said)));
        return good ? Mono.empty() : Mono.error(() -> failed(path, said));
    }

    private static boolean isHarmless(String stderr) {
        return !stderr.isBlank()
                && stderr.lines().allMatch(line -> HARMLESS.stream().anyMatch(line::contains));
    }

    private PermanentException failed(String path, String stderr) {
        if (stderr.contains(NO_TAR)) {
            return new PermanentException(
                    ErrorCode.UNSUPPORTED,
                    path + ": folders travel as archives, and there is no tar in the environment; install one",
                    context);
        }
        // The last lines only say that there were others.
        Optional<Errno> errno = stderr.lines()
                .map(line ->
                        line.startsWith("!") ? Optional.of(Errno.ofName(line.substring(1))) : Errno.ofMessage(line))
                .flatMap(Optional::stream)
                .findFirst();
        return new FileException(errno.orElse(Errno.EIO), path, context);
    }

    /** The daemon's errors name the place that the archive was uploaded to; those of this machine name its files. */
    private FileException named(FileException error, String path) {
        return error.path().startsWith(ProgramText.UPLOADS)
                ? new FileException(error.errno(), path, error.context())
                : error;
    }

    private LimitExceededException tooLarge(String path, long limit) {
        return new LimitExceededException(path + " with all that is in it", limit, -1, context);
    }

    private PermanentException refused(String path, TarException error) {
        return new PermanentException(
                ErrorCode.FILE_ERROR,
                path + ": was not downloaded: " + error.getMessage()
                        + "; download what is beside it, or read single files",
                context);
    }
}
