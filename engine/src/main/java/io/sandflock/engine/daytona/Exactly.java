/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.sandflock.engine.platform.LengthException;
import java.nio.ByteBuffer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** Holds a body to the length that was announced for it: one byte more would be taken for the next request. */
final class Exactly {

    private Exactly() {}

    static Flux<ByteBuffer> bytes(String what, Publisher<ByteBuffer> content, long size) {
        return Flux.defer(() -> {
            long[] sent = new long[1];
            return Flux.from(content)
                    .doOnNext(buffer -> {
                        sent[0] += buffer.remaining();
                        if (sent[0] > size) {
                            throw new LengthException(what + " was announced with " + size + " bytes, and more came");
                        }
                    })
                    .concatWith(Flux.defer(() -> sent[0] == size
                            ? Flux.empty()
                            : Flux.error(new LengthException(
                                    what + " was announced with " + size + " bytes, and " + sent[0] + " came"))));
        });
    }
}
