/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The program's standard input. */
final class Stdin {

    /** What a command may be given in one request: 50 MiB. */
    private static final int LIMIT = 50 << 20;

    private Stdin() {}

    static byte[] readAll() {
        try {
            byte[] bytes = System.in.readNBytes(LIMIT + 1);
            if (bytes.length > LIMIT) {
                throw new InvalidInputException("--stdin", "more than 50 MiB were given; write a file and read that instead");
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
