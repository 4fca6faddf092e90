/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The blocks before an entry's content. A name that has no place in the header of 1988 goes into a pax header before it, and so does
 * a size; a size stands in the header as well, in GNU's binary form, for readers like BusyBox that look into a pax header for names alone.
 */
final class TarHeader {

    static final int BLOCK = 512;

    private static final int NAME = 100;
    private static final int PREFIX = 155;
    private static final long LARGEST_OCTAL = 0_77777777777L;

    private TarHeader() {}

    static byte[] of(TarEntry entry) {
        byte[] path = TarText.bytes(entry.kind() == TarEntry.Kind.FOLDER ? entry.path() + "/" : entry.path());
        byte[] target = TarText.bytes(entry.target());
        int split = split(path);
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        if (split < 0) {
            record(records, "path", path);
        }
        if (target.length > NAME) {
            record(records, "linkpath", target);
        }
        if (entry.size() > LARGEST_OCTAL) {
            record(records, "size", Long.toString(entry.size()).getBytes(StandardCharsets.US_ASCII));
        }
        long seconds = Math.max(0, Math.min(LARGEST_OCTAL, entry.modifiedAt().getEpochSecond()));
        byte[] block = block(path, split, type(entry.kind()), entry.mode(), entry.size(), seconds, target);
        return records.size() == 0 ? block : withPax(records.toByteArray(), seconds, block);
    }

    /** Where the slash is between prefix and name; 0 when no prefix is needed, -1 when the path fits in no way. */
    private static int split(byte[] path) {
        if (path.length <= NAME) {
            return 0;
        }
        // A name must have a character, so the slash at a folder's end does not count.
        for (int i = Math.max(1, path.length - NAME - 1); i < path.length - 2 && i <= PREFIX; i++) {
            if (path[i] == '/') {
                return i;
            }
        }
        return -1;
    }

    private static char type(TarEntry.Kind kind) {
        return switch (kind) {
            case FILE -> '0';
            case FOLDER -> '5';
            case LINK -> '2';
            case HARD_LINK -> '1';
            case SPECIAL -> throw new IllegalArgumentException("pipes and devices are not put into archives");
        };
    }

    private static byte[] withPax(byte[] records, long seconds, byte[] header) {
        byte[] name = "PaxHeader".getBytes(StandardCharsets.US_ASCII);
        byte[] pax = block(name, 0, 'x', 0644, records.length, seconds, new byte[0]);
        byte[] all = Arrays.copyOf(pax, BLOCK + padded(records.length) + BLOCK);
        System.arraycopy(records, 0, all, BLOCK, records.length);
        System.arraycopy(header, 0, all, all.length - BLOCK, BLOCK);
        return all;
    }

    /** {@code length key=value\n}, the length counting itself. */
    private static void record(ByteArrayOutputStream to, String key, byte[] value) {
        int rest = key.length() + value.length + 3;
        int length = rest + Integer.toString(rest).length();
        if (Integer.toString(length).length() > Integer.toString(rest).length()) {
            length++;
        }
        to.writeBytes((length + " " + key + "=").getBytes(StandardCharsets.US_ASCII));
        to.writeBytes(value);
        to.write('\n');
    }

    private static byte[] block(byte[] path, int split, char type, int mode, long size, long seconds, byte[] target) {
        byte[] block = new byte[BLOCK];
        if (split > 0) {
            System.arraycopy(path, 0, block, 345, split);
            System.arraycopy(path, split + 1, block, 0, path.length - split - 1);
        } else {
            System.arraycopy(path, 0, block, 0, Math.min(NAME, path.length));
        }
        octal(block, 100, 7, mode);
        octal(block, 108, 7, 0);
        octal(block, 116, 7, 0);
        if (size <= LARGEST_OCTAL) {
            octal(block, 124, 11, size);
        } else {
            block[124] = (byte) 0x80;
            for (int i = 0; i < 8; i++) {
                block[135 - i] = (byte) (size >>> (8 * i));
            }
        }
        octal(block, 136, 11, seconds);
        Arrays.fill(block, 148, 156, (byte) ' ');
        block[156] = (byte) type;
        System.arraycopy(target, 0, block, 157, Math.min(NAME, target.length));
        ascii(block, 257, "ustar\00000");
        octal(block, 148, 6, sum(block));
        block[154] = 0;
        return block;
    }

    static int sum(byte[] block) {
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        return sum;
    }

    static int padded(long size) {
        return Math.toIntExact((size + BLOCK - 1) / BLOCK * BLOCK);
    }

    private static void octal(byte[] block, int at, int digits, long value) {
        long rest = value;
        for (int i = digits - 1; i >= 0; i--) {
            block[at + i] = (byte) ('0' + (rest & 7));
            rest >>>= 3;
        }
    }

    private static void ascii(byte[] block, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }
}
