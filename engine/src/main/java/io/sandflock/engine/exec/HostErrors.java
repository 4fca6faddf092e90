/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.PermanentException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** What went wrong with a file of this machine, in POSIX terms and with this machine's path. */
final class HostErrors {

    private HostErrors() {}

    /** @param path named when the error names none */
    static FileException of(@Nullable IOException error, Path path, ErrorContext context) {
        String named = error instanceof FileSystemException system && system.getFile() != null
                ? Objects.requireNonNull(system.getFile())
                : path.toString();
        return new FileException(errno(error), named, context);
    }

    /**
     * The content of files of this machine, its errors in terms that the wire does not take for its own: what cannot be read here is
     * not to be sent again and again.
     */
    static Flux<ByteBuffer> told(Publisher<ByteBuffer> content, Path path, ErrorContext context) {
        return Flux.from(content)
                .onErrorMap(UncheckedIOException.class, error -> of(error.getCause(), path, context))
                .onErrorMap(IOException.class, error -> of(error, path, context))
                .onErrorMap(
                        IllegalStateException.class,
                        error -> new PermanentException(
                                ErrorCode.FILE_ERROR, path + ": " + error.getMessage(), context));
    }

    private static Errno errno(@Nullable IOException error) {
        if (error instanceof NoSuchFileException) {
            return Errno.ENOENT;
        }
        if (error instanceof AccessDeniedException) {
            return Errno.EACCES;
        }
        if (error instanceof FileAlreadyExistsException) {
            return Errno.EEXIST;
        }
        if (error instanceof NotDirectoryException) {
            return Errno.ENOTDIR;
        }
        if (error instanceof DirectoryNotEmptyException) {
            return Errno.ENOTEMPTY;
        }
        String reason = error instanceof FileSystemException system ? system.getReason() : String.valueOf(error);
        return Errno.ofMessage(String.valueOf(reason)).orElse(Errno.EIO);
    }
}
