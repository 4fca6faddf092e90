/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.FileContent;
import io.sandflock.engine.platform.LengthException;
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
                            throw more(stream.size());
                        }
                        all.put(part);
                    })
                    .then(Mono.fromSupplier(() -> whole(bytes, all.position())));
        });
    }

    /** Held to the size that was said: one byte more would be taken for the next file. Errors when it is longer or shorter. */
    static Flux<ByteBuffer> exactly(FileContent.Stream stream) {
        return Flux.defer(() -> {
            long[] came = new long[1];
            return Flux.from(stream.bytes())
                    .doOnNext(part -> {
                        came[0] += part.remaining();
                        if (came[0] > stream.size()) {
                            throw more(stream.size());
                        }
                    })
                    .concatWith(Flux.defer(
                            () -> came[0] == stream.size() ? Flux.empty() : Flux.error(fewer(stream.size(), came[0]))));
        });
    }

    private static byte[] whole(byte[] bytes, int came) {
        if (came < bytes.length) {
            throw fewer(bytes.length, came);
        }
        return bytes;
    }

    private static LengthException more(long said) {
        return new LengthException("a content was announced with " + said + " bytes, and more came");
    }

    private static LengthException fewer(long said, long came) {
        return new LengthException("a content was announced with " + said + " bytes, and " + came + " came");
    }
}
