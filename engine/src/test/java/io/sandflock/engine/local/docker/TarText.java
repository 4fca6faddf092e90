/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** Writes a tar as Python's {@code tarfile} does: pax records for long names. */
final class TarText {

    private static final int BLOCK = 512;

    private final ByteArrayOutputStream tar = new ByteArrayOutputStream();

    TarText file(String name, String text, int mode) {
        return entry('0', name, text.getBytes(StandardCharsets.UTF_8), mode, "");
    }

    TarText folder(String name) {
        return entry('5', name, new byte[0], 0755, "");
    }

    TarText link(String name, String target) {
        return entry('2', name, new byte[0], 0777, target);
    }

    byte[] bytes() {
        tar.writeBytes(new byte[2 * BLOCK]);
        return tar.toByteArray();
    }

    private TarText entry(char type, String name, byte[] content, int mode, String target) {
        if (name.length() > 100) {
            String record = " path=" + name + "\n";
            int length = record.length() + 3;
            write('x', "pax", (length + record).getBytes(StandardCharsets.UTF_8), 0644, "");
        }
        return write(type, name.substring(0, Math.min(100, name.length())), content, mode, target);
    }

    private TarText write(char type, String name, byte[] content, int mode, String target) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(
                header,
                100,
                String.format(Locale.ROOT, "%07o\0000000000\0000000000\0%011o\00000000000000", mode, content.length));
        header[156] = (byte) type;
        put(header, 157, target);
        put(header, 257, "ustar\00000");
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        tar.writeBytes(header);
        tar.writeBytes(Arrays.copyOf(content, (content.length + BLOCK - 1) / BLOCK * BLOCK));
        return this;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
