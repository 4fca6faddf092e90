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
            byte[] bytes = new byte[Math.toIntExact(stream.size())];
            ByteBuffer all = ByteBuffer.wrap(bytes);
            return Flux.from(stream.bytes())
                    .doOnNext(part -> {
                        if (part.remaining() > all.remaining()) {
                            throw new IllegalArgumentException(
                                    "a content was announced with " + stream.size() + " bytes, and more came");
                        }
                        all.put(part);
                    })
                    .then(Mono.fromSupplier(() -> whole(bytes, all.position())));
        });
    }

    private static byte[] whole(byte[] bytes, int came) {
        if (came < bytes.length) {
            throw new IllegalArgumentException(
                    "a content was announced with " + bytes.length + " bytes, and " + came + " came");
        }
        return bytes;
    }
}
