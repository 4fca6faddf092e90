/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** A file operation failed as a POSIX call would. */
public final class FileException extends PermanentException {

    private static final long serialVersionUID = 1L;

    private final Errno errno;
    private final String path;

    /** @param path the path as the caller gave it */
    public FileException(Errno errno, String path, ErrorContext context) {
        super(ErrorCode.FILE_ERROR, Objects.requireNonNull(path, "path") + ": " + errno.text(), context);
        this.errno = errno;
        this.path = path;
    }

    /** The POSIX error. */
    public Errno errno() {
        return errno;
    }

    /** The path as the caller gave it. */
    public String path() {
        return path;
    }

    /** The POSIX errors that a file operation signals, with Linux's numbers. */
    public enum Errno {
        /** No such file or directory. */
        ENOENT(2, "No such file or directory"),
        /** Permission denied. */
        EACCES(13, "Permission denied"),
        /** File exists. */
        EEXIST(17, "File exists"),
        /** Not a directory. */
        ENOTDIR(20, "Not a directory"),
        /** Is a directory. */
        EISDIR(21, "Is a directory"),
        /** Invalid argument: a fifo, a socket or a device where a regular file was expected. */
        EINVAL(22, "Invalid argument"),
        /** No space left on device. */
        ENOSPC(28, "No space left on device"),
        /** Read-only file system. */
        EROFS(30, "Read-only file system"),
        /** File name too long. */
        ENAMETOOLONG(36, "File name too long"),
        /** Directory not empty. */
        ENOTEMPTY(39, "Directory not empty"),
        /** Too many levels of symbolic links. */
        ELOOP(40, "Too many levels of symbolic links"),
        /** Any other error of the sandbox's file system. */
        EIO(5, "Input/output error");

        private final int number;
        private final String text;

        Errno(int number, String text) {
            this.number = number;
            this.text = text;
        }

        /** Linux's number. */
        public int number() {
            return number;
        }

        /** What {@code strerror} says. */
        public String text() {
            return text;
        }

        /**
         * The error that a tool's message in the C locale ends with, as GNU, musl and BusyBox word it; empty when it ends with
         * none.
         */
        public static Optional<Errno> ofMessage(String message) {
            for (Errno errno : values()) {
                if (message.endsWith(errno.text)) {
                    return Optional.of(errno);
                }
            }
            if (message.endsWith("Operation not permitted")) {
                return Optional.of(EACCES);
            }
            if (message.endsWith("Symbolic link loop")) {
                return Optional.of(ELOOP);
            }
            if (message.endsWith("Filename too long")) {
                return Optional.of(ENAMETOOLONG);
            }
            return message.endsWith("Disk quota exceeded") ? Optional.of(ENOSPC) : Optional.empty();
        }

        /** The constant of this name, for example {@code ENOENT}; {@link #EIO} for one that is not listed. */
        public static Errno ofName(String name) {
            for (Errno errno : values()) {
                if (errno.name().equals(name.toUpperCase(Locale.ROOT))) {
                    return errno;
                }
            }
            return EIO;
        }
    }
}
