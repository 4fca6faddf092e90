/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A place to run commands: a sandbox itself, or one compose service in it. All methods are cold: nothing is sent before the
 * result is subscribed to. Safe for use by several threads.
 *
 * <p>A stopped, deleted or dead sandbox is always signalled as {@link SandboxUnavailableException}, never as the result of a
 * command.
 */
public interface Environment {

    /** The compose service's name, or {@code default}. */
    String name();

    /**
     * Runs a command <em>at most once</em>, whatever the network does, and collects its output. Each subscription is a run of
     * its own.
     *
     * <p>On cancel the command's process tree is killed in the background.
     *
     * @return the result, whatever the exit code. Errors: {@link CommandTimeoutException} with the output so far,
     *     {@link SandboxUnavailableException}, {@link TransientException} with {@link ErrorCode#UNREACHABLE} when it could
     *     not be found out how the command ended
     */
    Mono<ExecResult> exec(ExecRequest request);

    /**
     * Like {@link #exec}, with the output as it is produced. The request's output limit does not apply: back-pressure reaches
     * the sandbox's files, and memory stays constant whatever the command prints.
     */
    Flux<ExecEvent> execStream(ExecRequest request);

    /**
     * Reads a whole file.
     *
     * @param path absolute, or relative to the working directory
     * @param limit bytes; a larger file is refused with {@link LimitExceededException}
     */
    Mono<byte[]> readFile(String path, long limit);

    /** {@link #readFile(String, long)} with 100 MiB. */
    default Mono<byte[]> readFile(String path) {
        return readFile(path, 100L << 20);
    }

    /**
     * Reads a regular file of any size as it is asked for: back-pressure reaches the sandbox, and memory stays constant.
     *
     * <p>A failure before the first byte is repeated as always. One in the midst is an error, {@link TransientException} with
     * {@link ErrorCode#UNREACHABLE}, and never a short file.
     *
     * @param path absolute, or relative to the working directory
     */
    Flux<ByteBuffer> readStream(String path);

    /**
     * Brings a file, or a directory with all that is in it, to this machine, without holding it in memory. Permissions, times, empty
     * directories and symbolic links are kept; owners, and the bits that lend an owner's rights, are not; pipes, sockets and devices are
     * left out.
     *
     * <p>The target appears at once when all is there; after an error or a cancel nothing is left. The sandbox is not trusted:
     * a name that leads out of the target, and a symbolic link that is absolute or leads out, fail the download.
     *
     * @param path absolute, or relative to the working directory; a symbolic link is followed
     * @param target what the file or directory is called here. Its parent must exist. A file there is replaced by a file; a
     *     directory there must be empty
     * @param limit bytes of all files together, each with 512 more for its name; what is larger is refused with
     *     {@link LimitExceededException}
     */
    Mono<Void> download(String path, Path target, long limit);

    /** {@link #download(String, Path, long)} with 10 GiB. */
    default Mono<Void> download(String path, Path target) {
        return download(path, target, 10L << 30);
    }

    /**
     * Writes files in one upload, creating parent directories. Existing files are overwritten and keep their mode. When it
     * fails, some of the files may have been written.
     *
     * <p>{@linkplain FileContent#local Local folders} are archives, one request and one command for each: what is in them is added to
     * a directory that exists, and replaces what has the same name. The sandbox needs {@code tar} for them.
     *
     * @param files by path, absolute or relative to the working directory
     */
    Mono<Void> writeFiles(Map<String, FileContent> files);

    /** Writes one file; see {@link #writeFiles}. */
    default Mono<Void> writeFile(String path, FileContent content) {
        return writeFiles(Map.of(path, content));
    }

    /**
     * Appends to a file, at most once, and creates it and its parents when they are not there. The content is held in memory.
     *
     * @param path absolute, or relative to the working directory
     * @param content not a folder
     */
    Mono<Void> append(String path, FileContent content);

    /** What is at a path; symbolic links are followed. */
    Mono<FileStat> stat(String path);

    /** A directory's entries by name, without {@code .} and {@code ..}; symbolic links are told as such. */
    Mono<List<FileStat>> list(String path);

    /**
     * Deletes what is at a path, at most once; a symbolic link itself, not what it leads to.
     *
     * @param recursive a directory with all that is in it. Without it a directory is refused with
     *     {@link FileException.Errno#EISDIR}
     */
    Mono<Void> delete(String path, boolean recursive);

    /** How a person opens a shell here. May ask the platform for an access token each time. */
    Mono<Connection> connection();
}
