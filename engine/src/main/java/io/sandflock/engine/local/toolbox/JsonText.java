/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Escapes bytes that come in pieces into the inside of a JSON string, so that a large output is never held as text. A byte that is
 * not UTF-8 becomes U+FFFD. Not thread-safe.
 */
final class JsonText {

    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);

    /** The head of a sequence whose rest is in the next piece; 3 bytes at most. */
    private byte[] held = {};

    byte[] next(byte[] piece) {
        return escape(piece, false);
    }

    byte[] end() {
        return escape(new byte[0], true);
    }

    private byte[] escape(byte[] piece, boolean last) {
        byte[] joined = Arrays.copyOf(held, held.length + piece.length);
        System.arraycopy(piece, 0, joined, held.length, piece.length);
        ByteBuffer in = ByteBuffer.wrap(joined);
        CharBuffer out = CharBuffer.allocate(joined.length + 4);
        decoder.decode(in, out, last);
        if (last) {
            decoder.flush(out);
        }
        held = Arrays.copyOfRange(joined, in.position(), joined.length);
        return JsonStringEncoder.getInstance().quoteAsUTF8(out.flip().toString());
    }
}
