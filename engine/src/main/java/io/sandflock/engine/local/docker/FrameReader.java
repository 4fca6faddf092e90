/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.SignalType;

/**
 * Reads a connection that became an exec's: an HTTP head, then frames of eight bytes (stream, three zeros, length) and their content.
 * It reads on only while its listener holds little, so that a process whose output nobody takes waits on its pipe.
 */
final class FrameReader extends BaseSubscriber<byte[]> {

    /** What both outputs may hold together before the connection is not read any more; a pipe holds as much. */
    static final long READ_AHEAD = 128 * 1024;

    private static final int HEADER = 8;
    private static final int MAX_HEAD = 64 * 1024;

    private final Listener listener;
    private final AtomicBoolean idle = new AtomicBoolean();
    private final byte[] header = new byte[HEADER];
    private int headerBytes;
    private long frameLeft;
    private boolean upgraded;
    private byte[] head = new byte[0];

    FrameReader(Listener listener) {
        this.listener = listener;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        subscription.request(1);
    }

    @Override
    protected void hookOnNext(byte[] bytes) {
        if (upgraded) {
            frames(bytes, 0);
        } else {
            head(bytes);
        }
        idle.set(true);
        advance();
    }

    /** Goes on reading when little is held; from any thread. */
    void advance() {
        if (idle.get() && listener.held() < READ_AHEAD && idle.compareAndSet(true, false)) {
            request(1);
        }
    }

    @Override
    protected void hookFinally(SignalType type) {
        if (!upgraded && head.length > 0) {
            int body = bodyStart();
            int status = status();
            if (body > 0 && status >= 400) {
                listener.refused(status, Arrays.copyOfRange(head, body, head.length));
                return;
            }
        }
        listener.ended();
    }

    @Override
    protected void hookOnError(Throwable error) {
        // The connection broke, which ends the streams: told in hookFinally.
    }

    private void head(byte[] bytes) {
        byte[] all = Arrays.copyOf(head, head.length + bytes.length);
        System.arraycopy(bytes, 0, all, head.length, bytes.length);
        head = all;
        int body = bodyStart();
        if (body > 0 && status() < 400) {
            upgraded = true;
            head = new byte[0];
            listener.upgraded();
            frames(all, body);
        } else if ((body > 0 && complete(body)) || head.length > MAX_HEAD) {
            cancel();
        }
    }

    /** Where the body begins; -1 while the head is not complete. */
    private int bodyStart() {
        int end = new String(head, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n");
        return end < 0 ? -1 : end + 4;
    }

    private int status() {
        String line = new String(head, 0, Math.min(head.length, 12), StandardCharsets.ISO_8859_1);
        return line.matches("HTTP/1\\.[01] \\d{3}") ? Integer.parseInt(line.substring(9)) : 500;
    }

    // A refusal is a small JSON document; the connection would stay open behind it.
    private boolean complete(int body) {
        String fields = new String(head, 0, body, StandardCharsets.ISO_8859_1).toLowerCase(java.util.Locale.ROOT);
        int at = fields.indexOf("content-length:");
        if (at < 0) {
            return false;
        }
        String length = fields.substring(at + 15, fields.indexOf('\r', at)).strip();
        return length.matches("\\d{1,9}") && head.length - body >= Integer.parseInt(length);
    }

    private void frames(byte[] bytes, int from) {
        int at = from;
        while (at < bytes.length) {
            if (frameLeft == 0) {
                int taken = Math.min(HEADER - headerBytes, bytes.length - at);
                System.arraycopy(bytes, at, header, headerBytes, taken);
                headerBytes += taken;
                at += taken;
                if (headerBytes < HEADER) {
                    return;
                }
                headerBytes = 0;
                frameLeft = Integer.toUnsignedLong(ByteBuffer.wrap(header).getInt(4));
            } else {
                int taken = (int) Math.min(frameLeft, bytes.length - at);
                listener.bytes(header[0] == 2, ByteBuffer.wrap(bytes, at, taken).slice());
                frameLeft -= taken;
                at += taken;
            }
        }
    }

    /** What becomes of it; called on the connection's event loop. */
    interface Listener {

        /** The engine has made the connection the process's. */
        void upgraded();

        /** The engine refused; nothing else follows. */
        void refused(int status, byte[] body);

        /** Output of the process. */
        void bytes(boolean stderr, ByteBuffer bytes);

        /** Both outputs ended, or the connection broke; nothing else follows. */
        void ended();

        /** How many bytes are held that nobody took; from any thread. */
        long held();
    }
}
