/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import io.sandflock.engine.local.http.MultipartEvent.Begin;
import io.sandflock.engine.local.http.MultipartEvent.Data;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a multipart body into parts as its bytes come, holding back no more than a delimiter or a part's headers. Not thread-safe:
 * fed by one subscription's serial signals.
 */
final class MultipartParser {

    private static final int MAX_HEADERS = 16 * 1024;
    private static final Pattern NAME = parameter("name");
    private static final Pattern FILENAME = parameter("filename");

    private enum State {
        PREAMBLE,
        AFTER_DELIMITER,
        HEADERS,
        BODY,
        EPILOGUE
    }

    private final byte[] delimiter;
    private final int maxParts;
    private int parts;
    private State state = State.PREAMBLE;
    /** Starts with a line end, so that a delimiter at the very beginning is found like every other. */
    private byte[] pending = {'\r', '\n'};

    private int position;

    MultipartParser(String boundary, int maxParts) {
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
        this.maxParts = maxParts;
    }

    /** The events that these bytes complete. */
    List<MultipartEvent> feed(ByteBuffer chunk) {
        byte[] joined = Arrays.copyOf(pending, pending.length + chunk.remaining());
        chunk.duplicate().get(joined, pending.length, chunk.remaining());
        pending = joined;
        position = 0;
        List<MultipartEvent> events = new ArrayList<>();
        while (step(events)) {
            // Each step consumes something or needs more bytes.
        }
        pending = Arrays.copyOfRange(pending, position, pending.length);
        return events;
    }

    /** To be called when the body ended: one that was cut off is a 400. */
    void end() {
        if (state != State.EPILOGUE) {
            throw HttpError.badRequest("multipart: unexpected end of the body, its closing boundary is missing");
        }
    }

    private boolean step(List<MultipartEvent> events) {
        return switch (state) {
            case PREAMBLE -> preamble();
            case AFTER_DELIMITER -> afterDelimiter();
            case HEADERS -> headers(events);
            case BODY -> body(events);
            case EPILOGUE -> discard();
        };
    }

    private boolean preamble() {
        int found = indexOf(delimiter);
        position = found < 0 ? Math.max(position, pending.length - delimiter.length) : found + delimiter.length;
        if (found >= 0) {
            state = State.AFTER_DELIMITER;
        }
        return found >= 0;
    }

    private boolean afterDelimiter() {
        while (position < pending.length && (pending[position] == ' ' || pending[position] == '\t')) {
            position++;
        }
        if (pending.length - position < 2) {
            return false;
        }
        if (pending[position] == '-' && pending[position + 1] == '-') {
            state = State.EPILOGUE;
        } else if (pending[position] == '\r' && pending[position + 1] == '\n') {
            // The line end stays: it is what the empty line is looked for after, also when there are no headers.
            state = State.HEADERS;
            return true;
        } else {
            throw HttpError.badRequest("multipart: malformed boundary line");
        }
        position += 2;
        return true;
    }

    private boolean headers(List<MultipartEvent> events) {
        int found = indexOf(new byte[] {'\r', '\n', '\r', '\n'});
        if ((found < 0 ? pending.length : found) - position > MAX_HEADERS) {
            throw HttpError.badRequest("multipart: a part's headers are larger than " + MAX_HEADERS + " bytes");
        }
        if (found < 0) {
            return false;
        }
        if (++parts > maxParts) {
            throw HttpError.badRequest("multipart: more than " + maxParts + " parts");
        }
        events.add(begin(new String(pending, position, found - position, StandardCharsets.UTF_8)));
        position = found + 2;
        // One line end stays, so that an empty body's delimiter is found; it is skipped otherwise.
        state = State.BODY;
        skipLineEnd = true;
        return true;
    }

    private boolean skipLineEnd;

    private boolean body(List<MultipartEvent> events) {
        int found = indexOf(delimiter);
        int end = found >= 0 ? found : pending.length - delimiter.length;
        if (skipLineEnd && end > position) {
            position += 2;
            skipLineEnd = false;
            end = Math.max(end, position);
        }
        if (end > position) {
            events.add(new Data(ByteBuffer.wrap(Arrays.copyOfRange(pending, position, end))));
            position = end;
        }
        if (found >= 0) {
            position = found + delimiter.length;
            state = State.AFTER_DELIMITER;
        }
        return found >= 0;
    }

    private boolean discard() {
        position = pending.length;
        return false;
    }

    private int indexOf(byte[] what) {
        for (int i = position; i <= pending.length - what.length; i++) {
            if (pending[i] == what[0] && Arrays.equals(pending, i, i + what.length, what, 0, what.length)) {
                return i;
            }
        }
        return -1;
    }

    private static Begin begin(String headers) {
        for (String line : headers.split("\r\n")) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-disposition:")) {
                String name = find(NAME, line);
                return new Begin(name == null ? "" : name, find(FILENAME, line));
            }
        }
        return new Begin("", null);
    }

    private static @Nullable String find(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        if (!matcher.find()) {
            return null;
        }
        String quoted = matcher.group(1);
        return quoted != null ? quoted.replaceAll("\\\\(.)", "$1") : matcher.group(2);
    }

    private static Pattern parameter(String name) {
        return Pattern.compile(
                ";\\s*" + name + "=(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^;\\s]*))", Pattern.CASE_INSENSITIVE);
    }
}
