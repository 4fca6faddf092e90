/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import reactor.core.publisher.Flux;

/** Decodes a stream whose chunks cut characters. One for each subscription; not thread-safe. */
final class Utf8 {

    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] held = new byte[0];

    private Utf8() {}

    static Flux<String> decode(Flux<byte[]> chunks) {
        return Flux.defer(() -> {
            Utf8 utf8 = new Utf8();
            return chunks.map(chunk -> utf8.decode(chunk, false))
                    .concatWith(Flux.defer(() -> Flux.just(utf8.decode(new byte[0], true))))
                    .filter(text -> !text.isEmpty());
        });
    }

    private String decode(byte[] chunk, boolean last) {
        ByteBuffer in = ByteBuffer.allocate(held.length + chunk.length);
        in.put(held).put(chunk).flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        decoder.decode(in, out, last);
        held = new byte[in.remaining()];
        in.get(held);
        return out.flip().toString();
    }
}
