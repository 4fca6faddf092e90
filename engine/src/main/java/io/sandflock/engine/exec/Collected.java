/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.ExecResult.Output;
import io.sandflock.PermanentException;
import io.sandflock.engine.frame.ExecReply.Chunk;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The newest part of one stream, put together from the replies that follow the command's end. Not thread-safe. */
final class Collected {

    private final long limit;
    private final Vitals vitals;
    private long size;
    private long offset;
    private int filled;
    private byte @Nullable [] bytes = null;

    Collected(long limit, Vitals vitals) {
        this.limit = limit;
        this.vitals = vitals;
    }

    /** Takes the next part. What is written after the command's end, by what it left behind, does not count. */
    void add(Chunk chunk) {
        byte[] target = bytes;
        if (target == null) {
            size = chunk.size();
            offset = Math.min(chunk.offset(), size);
            if (size - offset > limit) {
                throw new PermanentException(
                        ErrorCode.PLATFORM_ERROR,
                        "the sandbox announced " + (size - offset) + " bytes of output, " + limit + " were asked for",
                        vitals.context());
            }
            target = new byte[(int) (size - offset)];
            bytes = target;
        }
        int length = Math.min(chunk.bytes().length, target.length - filled);
        if (length > 0 && chunk.offset() == next()) {
            System.arraycopy(chunk.bytes(), 0, target, filled, length);
            filled += length;
        }
    }

    /** Where the next part begins. */
    long next() {
        return offset + filled;
    }

    /** Bytes that the stream had in all. */
    long size() {
        return size;
    }

    boolean isComplete() {
        return bytes != null && filled == bytes.length;
    }

    Output output() {
        byte[] all = bytes == null ? new byte[0] : bytes;
        return new Output(filled == all.length ? all : Arrays.copyOf(all, filled), size);
    }
}
