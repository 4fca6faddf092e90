/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * Takes an archive apart as its bytes come: ustar, pax, and GNU's long names and large numbers. Holds headers only; the content is
 * passed on as it came. An archive is whole only when its end was seen: one that was cut must not look like a short one.
 */
public final class TarReader {

    /** Of a header that describes another one: two paths of 4 KiB and some, with room. */
    private static final int MAX_META = 64 << 10;

    private final byte[] block = new byte[TarHeader.BLOCK];
    private final Map<String, String> pax = new HashMap<>();
    private final Map<String, String> global = new HashMap<>();
    private int filled = 0;
    /** Bytes of the present entry that are still to come, and the padding after them. */
    private long content = 0;

    private int padding = 0;
    private char metaType = 0;
    private @Nullable ByteArrayOutputStream meta = null;
    private boolean lastWasZero = false;
    private boolean ended = false;

    private TarReader() {}

    /**
     * Reads an archive. Cold and with back-pressure. Errors with {@link TarException} when the bytes are no archive, or end before it does;
     * what follows the archive's end is ignored.
     */
    public static Flux<TarEvent> read(Publisher<ByteBuffer> bytes) {
        return Flux.defer(() -> {
            TarReader reader = new TarReader();
            return Flux.from(bytes)
                    .concatMapIterable(reader::feed, 1)
                    .concatWith(Flux.defer(() -> reader.ended ? Flux.empty() : Flux.error(reader.cut())));
        });
    }

    private List<TarEvent> feed(ByteBuffer given) {
        ByteBuffer bytes = given.duplicate();
        List<TarEvent> events = new ArrayList<>();
        while (bytes.hasRemaining() && !ended) {
            if (content > 0) {
                takeContent(bytes, events);
            } else if (padding > 0) {
                int skip = Math.min(padding, bytes.remaining());
                bytes.position(bytes.position() + skip);
                padding -= skip;
            } else {
                takeBlock(bytes, events);
            }
        }
        return events;
    }

    private void takeContent(ByteBuffer bytes, List<TarEvent> events) {
        int length = (int) Math.min(content, bytes.remaining());
        ByteBuffer part = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        content -= length;
        ByteArrayOutputStream collected = meta;
        if (collected == null) {
            events.add(new TarEvent.Content(part));
            return;
        }
        byte[] copy = new byte[length];
        part.get(copy);
        collected.writeBytes(copy);
        if (content == 0) {
            takeMeta(collected.toByteArray());
            meta = null;
        }
    }

    private void takeBlock(ByteBuffer bytes, List<TarEvent> events) {
        int length = Math.min(block.length - filled, bytes.remaining());
        bytes.get(block, filled, length);
        filled += length;
        if (filled < block.length) {
            return;
        }
        filled = 0;
        if (TarHeader.sum(block) == 0) {
            ended = lastWasZero;
            lastWasZero = true;
            return;
        }
        lastWasZero = false;
        header(events);
    }

    private void header(List<TarEvent> events) {
        int sum = TarHeader.sum(block);
        for (int i = 148; i < 156; i++) {
            sum += ' ' - (block[i] & 0xff);
        }
        if (sum != number(148, 8)) {
            throw new TarException("a header's checksum is wrong: not an archive, or one that was damaged");
        }
        char type = (char) (block[156] & 0xff);
        if (type == 'x' || type == 'g' || type == 'L' || type == 'K') {
            long size = number(124, 12);
            if (size < 0 || size > MAX_META) {
                throw new TarException("a header of " + size + " bytes; at most " + MAX_META + " are read");
            }
            begin(size);
            metaType = type;
            meta = size == 0 ? null : new ByteArrayOutputStream();
            return;
        }
        TarEntry entry = entry(type);
        pax.clear();
        begin(entry.size());
        events.add(new TarEvent.Entry(entry));
    }

    private void begin(long size) {
        content = size;
        padding = (int) (-size & (TarHeader.BLOCK - 1));
    }

    private TarEntry entry(char type) {
        TarEntry.Kind kind = switch (type) {
            case '0', '\0', '7' -> TarEntry.Kind.FILE;
            case '1' -> TarEntry.Kind.HARD_LINK;
            case '2' -> TarEntry.Kind.LINK;
            case '3', '4', '6' -> TarEntry.Kind.SPECIAL;
            case '5' -> TarEntry.Kind.FOLDER;
            default -> throw new TarException("an entry of type '" + type + "', which is not known");
        };
        String path = setting("path", name());
        // Before there were folders, a slash made one.
        boolean folder = kind == TarEntry.Kind.FOLDER || (kind == TarEntry.Kind.FILE && path.endsWith("/"));
        boolean file = kind == TarEntry.Kind.FILE && !folder;
        boolean link = kind == TarEntry.Kind.LINK || kind == TarEntry.Kind.HARD_LINK;
        long size = file ? size() : 0;
        String target = link ? setting("linkpath", text(157, 100)) : "";
        if (trimmed(path).isEmpty() || (link && target.isEmpty())) {
            throw new TarException("an entry without a name, or a link that leads nowhere");
        }
        return new TarEntry(
                trimmed(path),
                folder ? TarEntry.Kind.FOLDER : kind,
                (int) (number(100, 8) & 07777),
                size,
                modifiedAt(),
                target);
    }

    private String name() {
        String name = text(0, 100);
        // GNU's own format has times where the prefix would be.
        boolean posix = text(257, 8).equals("ustar");
        String prefix = posix ? text(345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private long size() {
        String size = setting("size", "");
        try {
            long bytes = size.isEmpty() ? number(124, 12) : Long.parseLong(size);
            if (bytes >= 0) {
                return bytes;
            }
        } catch (NumberFormatException e) {
            throw new TarException("a size that is no number");
        }
        throw new TarException("a size below zero");
    }

    private Instant modifiedAt() {
        String time = setting("mtime", "");
        int dot = time.indexOf('.');
        try {
            long seconds = time.isEmpty() ? number(136, 12) : Long.parseLong(dot < 0 ? time : time.substring(0, dot));
            // Beyond these, times cannot be had from a file system.
            return Instant.ofEpochSecond(Math.max(-(1L << 40), Math.min(1L << 40, seconds)));
        } catch (NumberFormatException e) {
            throw new TarException("a time that is no number");
        }
    }

    private String setting(String key, String otherwise) {
        return pax.getOrDefault(key, global.getOrDefault(key, otherwise));
    }

    private void takeMeta(byte[] bytes) {
        switch (metaType) {
            case 'L' -> pax.put("path", text(bytes, 0, bytes.length));
            case 'K' -> pax.put("linkpath", text(bytes, 0, bytes.length));
            case 'x' -> records(bytes, pax);
            default -> records(bytes, global);
        }
    }

    private static void records(byte[] bytes, Map<String, String> to) {
        int at = 0;
        while (at < bytes.length && bytes[at] != 0) {
            int blank = at;
            int length = 0;
            while (blank < bytes.length && bytes[blank] >= '0' && bytes[blank] <= '9' && length < bytes.length) {
                length = length * 10 + bytes[blank++] - '0';
            }
            int end = at + length - 1;
            int equals = blank + 1;
            while (equals < Math.min(end, bytes.length) && bytes[equals] != '=') {
                equals++;
            }
            if (blank == at || end >= bytes.length || equals >= end || bytes[blank] != ' ' || bytes[end] != '\n') {
                throw new TarException("a pax header that cannot be read");
            }
            String value = TarText.text(bytes, equals + 1, end - equals - 1);
            to.put(TarText.text(bytes, blank + 1, equals - blank - 1), refuseNul(value));
            at = end + 1;
        }
    }

    private static String refuseNul(String value) {
        if (value.indexOf('\0') >= 0) {
            throw new TarException("a name with a NUL");
        }
        return value;
    }

    /** Octal digits, or with the highest bit set a binary number. */
    private long number(int at, int length) {
        if ((block[at] & 0x80) != 0) {
            // The bit below the mark is the sign.
            long value = ((long) block[at] << 57) >> 57;
            for (int i = at + 1; i < at + length; i++) {
                if (value > Long.MAX_VALUE >> 8 || value < Long.MIN_VALUE >> 8) {
                    throw new TarException("a number that is too large");
                }
                value = (value << 8) | (block[i] & 0xff);
            }
            return value;
        }
        long value = 0;
        for (int i = at; i < at + length; i++) {
            if (block[i] >= '0' && block[i] <= '7') {
                value = (value << 3) | (block[i] - '0');
            } else if (block[i] != ' ' && block[i] != 0) {
                throw new TarException("a number with other characters than digits: not an archive");
            }
        }
        return value;
    }

    private String text(int at, int length) {
        return text(block, at, length);
    }

    private static String text(byte[] bytes, int at, int length) {
        int end = at;
        while (end < at + length && bytes[end] != 0) {
            end++;
        }
        return TarText.text(bytes, at, end - at);
    }

    private static String trimmed(String path) {
        int end = path.length();
        while (end > 1 && path.charAt(end - 1) == '/') {
            end--;
        }
        return path.substring(0, end);
    }

    private TarException cut() {
        return new TarException("the archive was cut: its end is missing");
    }
}
