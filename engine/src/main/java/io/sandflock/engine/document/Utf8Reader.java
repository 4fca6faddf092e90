/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.document;

import io.sandflock.InvalidInputException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Decodes UTF-8 strictly and knows the line: a byte that is none, and an unreadable source, are errors with file and line. A byte
 * order mark at the start is skipped.
 */
public final class Utf8Reader extends Reader {

    private final String file;
    private final InputStream source;
    private final boolean yaml;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final ByteBuffer bytes = ByteBuffer.allocate(16 << 10).flip();
    private final CharBuffer chars = CharBuffer.allocate(16 << 10).flip();
    private boolean started;
    private boolean ended;
    private int line = 1;

    /** @param yaml whether control characters are refused: YAML's parser refuses them without a line */
    public Utf8Reader(String file, InputStream source, boolean yaml) {
        this.file = file;
        this.source = source;
        this.yaml = yaml;
    }

    @Override
    public int read(char[] target, int offset, int length) {
        while (!chars.hasRemaining()) {
            if (ended) {
                return -1;
            }
            fill();
        }
        int count = Math.min(length, chars.remaining());
        chars.get(target, offset, count);
        return count;
    }

    /** One line without its end, which is LF or CRLF; {@code null} at the end. Refuses more than {@link Bounds#TEXT} characters. */
    @Nullable
    public String readLine(int number) {
        StringBuilder text = new StringBuilder();
        while (true) {
            if (!chars.hasRemaining()) {
                if (ended) {
                    return text.isEmpty() ? null : text.toString();
                }
                fill();
                continue;
            }
            char next = chars.get();
            if (next == '\n') {
                int end = text.length() - 1;
                if (end >= 0 && text.charAt(end) == '\r') {
                    text.setLength(end);
                }
                return text.toString();
            }
            if (text.length() == Bounds.TEXT) {
                throw Problems.at(file, number, "the line is longer than " + Bounds.TEXT + " characters", null);
            }
            text.append(next);
        }
    }

    /** The first character that is not blank, without taking it; -1 when there is none in the first 16 KiB. */
    public int peek() {
        while (!chars.hasRemaining() && !ended) {
            fill();
        }
        for (int i = chars.position(); i < chars.limit(); i++) {
            if (!Character.isWhitespace(chars.get(i))) {
                return chars.get(i);
            }
        }
        return -1;
    }

    private void fill() {
        chars.clear();
        boolean last = readBytes();
        CoderResult result = decoder.decode(bytes, chars, last);
        if (last && result.isUnderflow()) {
            ended = true;
        }
        chars.flip();
        check();
        if (result.isError()) {
            throw Problems.at(
                    file,
                    line,
                    "not UTF-8 (byte 0x" + Integer.toHexString(bytes.get(bytes.position()) & 0xff) + ")",
                    null);
        }
        if (!started && chars.hasRemaining()) {
            started = true;
            if (chars.get(chars.position()) == '\uFEFF') {
                chars.get();
            }
        }
    }

    /** Whether the source has ended. */
    private boolean readBytes() {
        bytes.compact();
        try {
            int count = source.read(bytes.array(), bytes.position(), bytes.remaining());
            if (count > 0) {
                bytes.position(bytes.position() + count);
            }
            bytes.flip();
            return count < 0;
        } catch (InvalidInputException e) {
            throw e;
        } catch (IOException e) {
            throw Problems.at(file, line, reason(e), e);
        }
    }

    private static String reason(IOException e) {
        boolean gzip = e instanceof ZipException || e instanceof EOFException;
        return gzip
                ? "the gzip data is damaged or incomplete (" + e.getMessage() + ")"
                : "cannot be read: " + e.getMessage();
    }

    private void check() {
        for (int i = chars.position(); i < chars.limit(); i++) {
            char c = chars.get(i);
            if (c == '\n') {
                line++;
            } else if (yaml
                    && c != '\t'
                    && c != '\r'
                    && c != '\u0085'
                    && (c < ' ' || (c >= '\u007f' && c < '\u00a0'))) {
                throw Problems.at(file, line, "control character 0x" + Integer.toHexString(c) + " in YAML", null);
            }
        }
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
