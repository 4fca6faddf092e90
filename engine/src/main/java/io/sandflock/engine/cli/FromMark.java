/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Holds back what a login shell says before the command that was typed into it has begun: its greeting, its prompt, the line itself. When
 * the command does not begin, all of it is what there is to know. Not thread-safe.
 */
final class FromMark {

    private static final int MOST = 1 << 20;

    private final byte[] mark;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private boolean open;

    /** @param mark text that begins what is wanted; empty for everything */
    FromMark(String mark) {
        this.mark = mark.getBytes(StandardCharsets.UTF_8);
        this.open = mark.isEmpty();
    }

    /** What of it is for the screen. */
    byte[] pass(byte[] bytes) {
        if (open) {
            return bytes;
        }
        held.writeBytes(bytes);
        byte[] all = held.toByteArray();
        int at = find(all);
        if (at < 0 && all.length < MOST) {
            return new byte[0];
        }
        open = true;
        held.reset();
        return at < 0 ? all : Arrays.copyOfRange(all, at + mark.length, all.length);
    }

    /** What is still held back. */
    byte[] rest() {
        return open ? new byte[0] : held.toByteArray();
    }

    private int find(byte[] all) {
        for (int i = 0; i + mark.length <= all.length; i++) {
            if (Arrays.equals(all, i, i + mark.length, mark, 0, mark.length)) {
                return i;
            }
        }
        return -1;
    }
}
