/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The files of a machine, as its user sees them, with the user's permissions. A relative path is relative to the machine's
 * working directory. A path can never leave the machine. Errors are {@link io.sandflock.FileException}s with the path given.
 */
public interface MachineFiles {

    /** What is at a path, symbolic links followed. */
    Mono<Stat> stat(String path);

    /** Entries of a directory by name; what cannot be read is left out. */
    Mono<List<Stat>> list(String path);

    /** A regular file's bytes. */
    Flux<ByteBuffer> read(String path);

    /** As {@link #read(String)}, with what is at the path, for one subscription to the bytes. What may be had for less than both. */
    default <T> Flux<T> read(String path, BiFunction<Stat, Flux<ByteBuffer>, Flux<T>> use) {
        return stat(path).flatMapMany(stat -> use.apply(stat, read(path)));
    }

    /** Writes a file: parents are created with 0755, an existing file keeps its mode. Emits the number of bytes. */
    Mono<Long> write(String path, Publisher<ByteBuffer> bytes);

    /** Creates a directory and its parents; completes when it exists. */
    Mono<Void> createFolder(String path, int mode);

    /** Deletes a file or, with {@code recursive}, a directory and all in it. */
    Mono<Void> delete(String path, boolean recursive);

    /** Moves; {@code EEXIST} when the destination exists. */
    Mono<Void> move(String source, String destination);

    /** Changes what is given; owner and group by name or number. */
    Mono<Void> setPermissions(String path, Optional<Integer> mode, Optional<String> owner, Optional<String> group);

    /**
     * @param name the last part of the path
     * @param size bytes
     * @param mode permission bits and type, as {@code st_mode}
     * @param uid numeric owner
     * @param gid numeric group
     * @param modifiedAt time of last modification
     */
    record Stat(String name, long size, int mode, int uid, int gid, Instant modifiedAt) {

        /** Whether it is a directory. */
        public boolean isDirectory() {
            return (mode & 0170000) == 0040000;
        }

        /** Whether it is a regular file. */
        public boolean isRegular() {
            return (mode & 0170000) == 0100000;
        }
    }
}
