/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

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

    /** Bytes in memory. */
    record Bytes(byte[] bytes) implements FileContent {
        /** The size only. */
        @Override
        public String toString() {
            return "Bytes[" + bytes.length + "]";
        }
    }

    /** A path on the machine that the engine runs on, read when it is written to the environment. */
    record Local(Path path) implements FileContent {}
}
