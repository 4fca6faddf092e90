/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.LongFunction;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Bytes collected up to a limit. One instance per subscription; the publisher's serial signals are its only writer. */
public final class ByteLimit {

    private final long limit;
    private final long readOn;
    private final LongFunction<? extends RuntimeException> exceeded;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    private long seen = 0;

    private ByteLimit(long limit, long readOn, LongFunction<? extends RuntimeException> exceeded) {
        this.limit = limit;
        this.readOn = readOn;
        this.exceeded = exceeded;
    }

    /**
     * Collects everything; more than {@code limit} bytes cancels the source and signals {@code exceeded.apply(limit)}.
     */
    public static Mono<byte[]> collect(
            Publisher<ByteBuffer> source, long limit, LongFunction<? extends RuntimeException> exceeded) {
        return collect(source, limit, 0, exceeded);
    }

    /** The same, but the source is only cancelled after {@code readOn} more bytes, which are dropped: one that ends before is read whole. */
    static Mono<byte[]> collect(
            Publisher<ByteBuffer> source, long limit, long readOn, LongFunction<? extends RuntimeException> exceeded) {
        return Flux.from(source)
                .collect(() -> new ByteLimit(limit, readOn, exceeded), ByteLimit::append)
                .map(ByteLimit::toByteArray);
    }

    private void append(ByteBuffer buffer) {
        seen += buffer.remaining();
        if (seen > limit + readOn) {
            throw exceeded.apply(limit);
        }
        if (seen > limit) {
            return;
        }
        byte[] chunk = new byte[buffer.remaining()];
        buffer.duplicate().get(chunk);
        bytes.write(chunk, 0, chunk.length);
    }

    private byte[] toByteArray() {
        if (seen > limit) {
            throw exceeded.apply(limit);
        }
        return bytes.toByteArray();
    }
}
