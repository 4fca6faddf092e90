/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import io.sandflock.engine.local.http.HttpError;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The output of one command until it is answered. Two bounds keep a hostile command from the JVM's memory: {@link #LIMIT} for one
 * command, and a share of the heap for all commands together.
 */
final class KeptOutput {

    /** Bytes of one command's output; far above the 20 MB that the daemon was seen to carry. */
    static final long LIMIT = 64L << 20;

    private static final int SMALL = 4096;

    private final AtomicLong together;
    private final long limitTogether;
    private final List<byte[]> chunks = new ArrayList<>();
    private long size;
    private boolean dropped;

    /** @param together what all commands keep now */
    KeptOutput(AtomicLong together, long limitTogether) {
        this.together = together;
        this.limitTogether = limitTogether;
    }

    /** Keeps a copy; beyond either bound a 500 that says so. After {@link #drop()} it keeps nothing. */
    synchronized void add(ByteBuffer buffer) {
        byte[] chunk = new byte[buffer.remaining()];
        buffer.duplicate().get(chunk);
        if (dropped) {
            return;
        }
        if (size + chunk.length > LIMIT) {
            throw HttpError.internal("the command was killed: its output is larger than " + LIMIT
                    + " bytes; redirect it to a file and download that");
        }
        if (together.addAndGet(chunk.length) > limitTogether) {
            together.addAndGet(-chunk.length);
            throw HttpError.internal(
                    "the command was killed: the outputs of all running commands together are larger than "
                            + limitTogether + " bytes");
        }
        size += chunk.length;
        append(chunk);
    }

    /** A program that writes byte by byte must not cost an object per byte. */
    private void append(byte[] chunk) {
        int last = chunks.size() - 1;
        if (last < 0 || chunks.get(last).length + chunk.length > SMALL) {
            chunks.add(chunk);
            return;
        }
        byte[] head = chunks.get(last);
        byte[] joined = java.util.Arrays.copyOf(head, head.length + chunk.length);
        System.arraycopy(chunk, 0, joined, head.length, chunk.length);
        chunks.set(last, joined);
    }

    synchronized List<byte[]> chunks() {
        return List.copyOf(chunks);
    }

    /** Forgets everything, now and later. Idempotent. */
    synchronized void drop() {
        dropped = true;
        together.addAndGet(-size);
        size = 0;
        chunks.clear();
    }
}
