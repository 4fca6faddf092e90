/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.FileContent;
import java.nio.ByteBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Streamed contents where bytes are needed. */
final class Contents {

    private Contents() {}

    /** All of it in memory; errors when it is longer or shorter than was said. */
    static Mono<byte[]> collect(FileContent.Stream stream) {
        return Mono.defer(() -> {
            ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(stream.size()));
            return Flux.from(stream.bytes())
                    .doOnNext(part -> {
                        if (part.remaining() > all.remaining()) {
                            throw new IllegalArgumentException(
                                    "a content was announced with " + stream.size() + " bytes, and more came");
                        }
                        all.put(part);
                    })
                    .then(Mono.fromSupplier(() -> whole(all)));
        });
    }

    private static byte[] whole(ByteBuffer all) {
        if (all.hasRemaining()) {
            throw new IllegalArgumentException(
                    "a content was announced with " + all.capacity() + " bytes, and " + all.position() + " came");
        }
        return all.array();
    }
}
