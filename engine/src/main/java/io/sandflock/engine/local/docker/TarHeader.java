/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A header of a tar: POSIX's, with the extensions of pax and of GNU that name long paths and sizes.
 *
 * @param name as the header has it
 * @param size bytes of content that follow, -1 when it cannot be read
 * @param type what kind of entry it is
 */
record TarHeader(String name, long size, char type) {

    private static final int BLOCK = 512;

    static boolean isEnd(byte[] tar, int at) {
        for (int i = at; i < at + BLOCK; i++) {
            if (tar[i] != 0) {
                return false;
            }
        }
        return true;
    }

    static TarHeader read(byte[] tar, int at) {
        String prefix = text(tar, at + 257, 5).equals("ustar") && tar[at + 262] == 0 ? text(tar, at + 345, 155) : "";
        String name = text(tar, at, 100);
        return new TarHeader(prefix.isEmpty() ? name : prefix + "/" + name, number(tar, at + 124, 12), (char)
                (tar[at + 156] & 0xff));
    }

    /** Whether it only says more about the entry that follows. */
    boolean isExtension() {
        return type == 'x' || type == 'L' || type == 'K' || type == 'g';
    }

    boolean isFile() {
        return type == '0' || type == 0 || type == '7' || type == '1';
    }

    boolean isSymbolicLink() {
        return type == '2';
    }

    /** The name that this extension gives, else the one known so far. */
    String longName(byte[] tar, int data, int length, String known) {
        return type == 'L' ? text(tar, data, length) : type == 'x' ? pax(tar, data, length, "path", known) : known;
    }

    /** The size that this extension gives, else the one known so far. */
    long longSize(byte[] tar, int data, int length, long known) {
        String size = type == 'x' ? pax(tar, data, length, "size", "") : "";
        return size.matches("\\d{1,18}") ? Long.parseLong(size) : known;
    }

    /** The value of a record {@code LENGTH KEY=VALUE\n}. */
    private static String pax(byte[] tar, int data, int length, String key, String known) {
        String value = known;
        int at = data;
        while (at < data + length) {
            int blank = at;
            while (blank < data + length && tar[blank] != ' ') {
                blank++;
            }
            String digits = new String(tar, at, blank - at, StandardCharsets.US_ASCII);
            int record = digits.matches("\\d{1,8}") ? Integer.parseInt(digits) : 0;
            if (record <= blank - at + 1 || at + record > data + length) {
                return value;
            }
            String text = new String(tar, blank + 1, at + record - blank - 2, StandardCharsets.UTF_8);
            if (text.startsWith(key + "=")) {
                value = text.substring(key.length() + 1);
            }
            at += record;
        }
        return value;
    }

    /** The header at this place, as that of an empty file. */
    static byte[] emptied(byte[] tar, int at) {
        byte[] header = Arrays.copyOfRange(tar, at, at + BLOCK);
        header[156] = '0';
        Arrays.fill(header, 157, 257, (byte) 0);
        put(header, 124, "00000000000");
        return summed(header);
    }

    /** The header of a file. */
    static byte[] file(String name, int size, int mode) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, String.format(Locale.ROOT, "%07o", mode));
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, String.format(Locale.ROOT, "%011o", size));
        put(header, 136, "00000000000");
        header[156] = '0';
        put(header, 257, "ustar");
        put(header, 263, "00");
        return summed(header);
    }

    private static byte[] summed(byte[] header) {
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    private static String text(byte[] tar, int at, int length) {
        int end = at;
        while (end < at + length && tar[end] != 0) {
            end++;
        }
        return new String(tar, at, end - at, StandardCharsets.UTF_8);
    }

    private static long number(byte[] tar, int at, int length) {
        if ((tar[at] & 0x80) != 0) {
            long value = tar[at] & 0x7f;
            for (int i = 1; i < length; i++) {
                if (value >> 54 != 0) {
                    return -1;
                }
                value = (value << 8) | (tar[at + i] & 0xff);
            }
            return value;
        }
        String digits = text(tar, at, length).strip();
        return digits.matches("[0-7]{1,12}") ? Long.parseLong(digits, 8) : digits.isEmpty() ? 0 : -1;
    }
}
