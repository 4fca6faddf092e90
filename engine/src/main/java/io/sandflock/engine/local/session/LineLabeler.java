/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.session;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * Turns one stream's bytes into whole lines, as the daemon's labelers do: NULs are dropped, a line shows when it is complete, the last
 * one gets the line end that it lacks. Not thread-safe.
 */
final class LineLabeler {

    /** A longer line is passed on in pieces, so that one without an end is not held for ever. */
    private static final int MAX_LINE = 1 << 20;

    private final ByteArrayOutputStream partial = new ByteArrayOutputStream(128);

    /** The lines that these bytes complete; empty when none. */
    byte[] next(ByteBuffer buffer) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream(buffer.remaining());
        ByteBuffer bytes = buffer.duplicate();
        while (bytes.hasRemaining()) {
            byte b = bytes.get();
            if (b != 0) {
                partial.write(b);
            }
            if (b == '\n' || partial.size() >= MAX_LINE) {
                whole.writeBytes(partial.toByteArray());
                partial.reset();
            }
        }
        return whole.toByteArray();
    }

    /** What was left without a line end. */
    byte[] end() {
        if (partial.size() == 0) {
            return new byte[0];
        }
        partial.write('\n');
        return partial.toByteArray();
    }
}
