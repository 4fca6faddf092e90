/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.sandflock.engine.platform.Toolbox.LogChunk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * Takes a session's log apart: three bytes {@code 01} start a piece of stdout, three bytes {@code 02} one of stderr. Frames cut
 * markers, so a run of one or two such bytes at a frame's end is held back. What precedes the first marker is stdout: a daemon
 * that was asked for markers and sends none has merged the streams. One for each subscription; not thread-safe.
 */
final class LogDemux {

    private static final int MARKER = 3;

    private boolean stderr;
    private byte[] held = new byte[0];

    static Flux<LogChunk> split(Flux<byte[]> frames) {
        return Flux.defer(() -> {
            LogDemux demux = new LogDemux();
            return frames.concatMapIterable(demux::feed, 1)
                    .concatWith(Flux.defer(() -> Flux.fromIterable(demux.rest())));
        });
    }

    List<LogChunk> feed(byte[] frame) {
        byte[] bytes = Arrays.copyOf(held, held.length + frame.length);
        System.arraycopy(frame, 0, bytes, held.length, frame.length);
        List<LogChunk> chunks = new ArrayList<>();
        int end = bytes.length - heldBack(bytes);
        int from = 0;
        int at = 0;
        while (at + MARKER <= end) {
            if (isMarker(bytes, at)) {
                add(chunks, bytes, from, at);
                stderr = bytes[at] == 2;
                at += MARKER;
                from = at;
            } else {
                at++;
            }
        }
        add(chunks, bytes, from, end);
        held = Arrays.copyOfRange(bytes, end, bytes.length);
        return chunks;
    }

    List<LogChunk> rest() {
        List<LogChunk> chunks = new ArrayList<>();
        add(chunks, held, 0, held.length);
        held = new byte[0];
        return chunks;
    }

    private void add(List<LogChunk> chunks, byte[] bytes, int from, int to) {
        if (to > from) {
            chunks.add(new LogChunk(stderr, Arrays.copyOfRange(bytes, from, to)));
        }
    }

    private static boolean isMarker(byte[] bytes, int at) {
        byte b = bytes[at];
        return (b == 1 || b == 2) && bytes[at + 1] == b && bytes[at + 2] == b;
    }

    /** The length of the run at the end that a marker could begin with: not a whole marker, which needs nothing more. */
    private static int heldBack(byte[] bytes) {
        int run = 0;
        byte last = bytes.length == 0 ? 0 : bytes[bytes.length - 1];
        while ((last == 1 || last == 2) && run < bytes.length && bytes[bytes.length - 1 - run] == last) {
            run++;
        }
        return run % MARKER;
    }
}
