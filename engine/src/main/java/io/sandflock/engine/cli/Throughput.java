/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.ExecEvent;
import io.sandflock.ExecResult;
import java.util.concurrent.atomic.AtomicLong;

/** How much a command printed, and how fast. */
final class Throughput {

    private final long beganNanos = System.nanoTime();
    private final AtomicLong bytes = new AtomicLong();

    void add(ExecEvent event) {
        if (event instanceof ExecEvent.Stdout chunk) {
            bytes.addAndGet(chunk.bytes().length);
        } else if (event instanceof ExecEvent.Stderr chunk) {
            bytes.addAndGet(chunk.bytes().length);
        }
    }

    void add(ExecResult result) {
        bytes.addAndGet(result.stdout().size() + result.stderr().size());
    }

    /** Bytes, seconds and MiB/s until now. */
    @Override
    public String toString() {
        double seconds = (System.nanoTime() - beganNanos) / 1e9;
        double rate = bytes.get() / seconds / (1 << 20);
        return String.format(Text.PLAIN, "%d bytes of output in %.2f s, %.1f MiB/s", bytes.get(), seconds, rate);
    }
}
