/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A file under way. */
final class FileDraft extends Draft<ByteBuffer> {

    private final int mode;
    private final long limit;
    private final Supplier<? extends RuntimeException> tooLarge;
    private long taken = 0;
    private @Nullable FileChannel channel = null;

    FileDraft(Path target, int mode, long limit, Supplier<? extends RuntimeException> tooLarge) {
        super(target);
        this.mode = mode;
        this.limit = limit;
        this.tooLarge = tooLarge;
    }

    @Override
    void begin(Path at, Path destination) throws IOException {
        if (Files.isDirectory(destination, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileSystemException(destination.toString(), null, "Is a directory");
        }
        channel = FileChannel.open(
                at,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    @Override
    void add(ByteBuffer part) throws IOException {
        taken += part.remaining();
        if (taken > limit) {
            throw tooLarge.get();
        }
        FileChannel to = channel;
        while (to != null && part.hasRemaining()) {
            to.write(part);
        }
    }

    @Override
    void finish(Path at, Path destination) throws IOException {
        close();
        Files.setPosixFilePermissions(at, Modes.permissions(mode));
        Files.move(at, destination, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    void remove(Path at) throws IOException {
        close();
        Files.deleteIfExists(at);
    }

    private void close() throws IOException {
        FileChannel open = channel;
        if (open != null) {
            open.close();
        }
    }
}
