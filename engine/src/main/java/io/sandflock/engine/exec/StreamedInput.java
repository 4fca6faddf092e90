/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.reactivestreams.Publisher;

/**
 * A command's input that is never held in memory: it travels as an upload, and is deleted in the sandbox when the command has it open.
 *
 * @param size its exact size in bytes
 * @param content cold; subscribed to once for each request, which may be repeated
 */
public record StreamedInput(long size, Publisher<ByteBuffer> content) {

    /** Refuses negative sizes. */
    public StreamedInput {
        Objects.requireNonNull(content, "content");
        if (size < 0) {
            throw new IllegalArgumentException("size must not be negative, was " + size);
        }
    }
}
