/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Takes the lines out of a stream of bytes that {@link EntryScript} writes into it: a random word, a sign, a text, a line end. What
 * only looks like one stays. Holds back no more than the start of a possible line.
 */
final class Marks {

    private static final int LONGEST_TEXT = 64;

    private final byte[] word;
    private final Consumer<String> lines;
    private final Consumer<ByteBuffer> rest;
    private byte[] open = new byte[0];

    /**
     * @param word the random word
     * @param lines takes sign and text of a line
     * @param rest takes the bytes between lines
     */
    Marks(String word, Consumer<String> lines, Consumer<ByteBuffer> rest) {
        this.word = word.getBytes(StandardCharsets.US_ASCII);
        this.lines = lines;
        this.rest = rest;
    }

    void next(ByteBuffer chunk) {
        byte[] all = joined(chunk);
        int done = 0;
        int at = indexOf(all, 0);
        while (at >= 0 && at + word.length <= all.length) {
            int end = lineEnd(all, at + word.length);
            if (end < 0) {
                break;
            }
            if (isLine(all, at + word.length, end)) {
                pass(all, done, at);
                lines.accept(new String(all, at + word.length, end - at - word.length, StandardCharsets.UTF_8));
                done = end + 1;
                at = indexOf(all, done);
            } else {
                at = indexOf(all, at + 1);
            }
        }
        int kept = at < 0 ? all.length : at;
        pass(all, done, kept);
        open = Arrays.copyOfRange(all, kept, all.length);
    }

    void end() {
        pass(open, 0, open.length);
        open = new byte[0];
    }

    private byte[] joined(ByteBuffer chunk) {
        byte[] all = Arrays.copyOf(open, open.length + chunk.remaining());
        chunk.get(all, open.length, chunk.remaining());
        return all;
    }

    private void pass(byte[] all, int from, int to) {
        if (to > from) {
            rest.accept(ByteBuffer.wrap(all, from, to - from).slice());
        }
    }

    /** Where the word begins, or the part of it that the bytes end with; -1 when neither. */
    private int indexOf(byte[] all, int from) {
        for (int i = from; i < all.length; i++) {
            int length = Math.min(word.length, all.length - i);
            if (all[i] == word[0] && Arrays.equals(all, i, i + length, word, 0, length)) {
                return i;
            }
        }
        return -1;
    }

    /** Where the line ends, or would have to; -1 when that has not come yet. */
    private static int lineEnd(byte[] all, int from) {
        int last = Math.min(all.length, from + LONGEST_TEXT);
        for (int i = from; i < last; i++) {
            if (all[i] == '\n') {
                return i;
            }
        }
        return last == from + LONGEST_TEXT ? last : -1;
    }

    private static boolean isLine(byte[] all, int from, int end) {
        return end < all.length && all[end] == '\n' && end > from && "+-=$".indexOf(all[from]) >= 0;
    }
}
