/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.reactivestreams.Publisher;

/** What is written to a file in an environment. */
public sealed interface FileContent {

    /** UTF-8 text. */
    static FileContent text(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** These bytes. */
    static FileContent bytes(byte[] bytes) {
        return new Bytes(bytes.clone());
    }

    /** A local file, or a local folder with all that is in it. */
    static FileContent local(Path path) {
        return new Local(path);
    }

    /**
     * Bytes that are never held in memory as a whole.
     *
     * @param bytes subscribed to once for each request, and again when one has to be repeated; only as many buffers are requested as the
     *     connection takes
     * @param size how many bytes they are; the write fails when more or fewer come
     */
    static FileContent stream(Publisher<ByteBuffer> bytes, long size) {
        return new Stream(bytes, size);
    }

    /** Bytes in memory. */
    record Bytes(byte[] bytes) implements FileContent {
        /** The size only. */
        @Override
        public String toString() {
            return "Bytes[" + bytes.length + "]";
        }
    }

    /**
     * A path on the machine that the engine runs on, read when it is written to the environment. A folder travels as one archive:
     * permissions, empty folders and symbolic links are kept as they are.
     */
    record Local(Path path) implements FileContent {}

    /** Bytes as they come. */
    record Stream(Publisher<ByteBuffer> bytes, long size) implements FileContent {

        /** Refuses a negative size. */
        public Stream {
            Objects.requireNonNull(bytes, "bytes");
            if (size < 0) {
                throw new IllegalArgumentException("size must not be negative, was " + size);
            }
        }

        /** The size only. */
        @Override
        public String toString() {
            return "Stream[" + size + "]";
        }
    }
}
