/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Files of one JSON object per line that may be cut at any byte: a line counts once its line feed is there, so a torn last line never
 * does. Blocks.
 */
final class Lines {

    /** No line that we write is longer; a longer one is damage, and is skipped. */
    private static final int LONGEST = 1 << 20;

    private static final ObjectMapper JSON = new ObjectMapper();

    private Lines() {}

    /** Takes whole lines. */
    @FunctionalInterface
    interface Reader {

        /** @param text the line's bytes, without the line feed */
        void line(JsonNode line, byte[] text) throws IOException;
    }

    /**
     * Every whole line, in order. One that is no JSON object is skipped: what follows may still matter.
     *
     * @return bytes that belong to no line that was read: skipped or torn ones
     */
    static long read(Path file, Reader reader) throws IOException {
        long lost = 0;
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                if (octet != '\n') {
                    if (line.size() <= LONGEST) {
                        line.write(octet);
                    }
                } else {
                    lost += parse(line.toByteArray(), reader) ? 0 : line.size() + 1;
                    line.reset();
                }
            }
        }
        return lost + line.size();
    }

    private static boolean parse(byte[] text, Reader reader) throws IOException {
        if (text.length > LONGEST) {
            return false;
        }
        JsonNode node;
        try {
            node = JSON.readTree(text);
        } catch (JsonProcessingException damaged) {
            return false;
        }
        if (node == null || !node.isObject()) {
            return false;
        }
        reader.line(node, text);
        return true;
    }

    /** Cuts a torn last line off, so that what is appended next is a line of its own. */
    static void mend(Path file) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = channel.size();
            java.nio.ByteBuffer block = java.nio.ByteBuffer.allocate(1 << 13);
            while (end > 0) {
                long start = Math.max(0, end - block.capacity());
                block.clear().limit((int) (end - start));
                while (block.hasRemaining() && channel.read(block, start + block.position()) >= 0) {
                    // Until the block is full: a read may bring less than was asked for.
                }
                int last = lastLineFeed(block);
                if (last >= 0) {
                    end = start + last + 1;
                    break;
                }
                end = start;
            }
            if (end < channel.size()) {
                channel.truncate(end);
                channel.force(true);
            }
        }
    }

    private static int lastLineFeed(java.nio.ByteBuffer block) {
        for (int at = block.position() - 1; at >= 0; at--) {
            if (block.get(at) == '\n') {
                return at;
            }
        }
        return -1;
    }
}
