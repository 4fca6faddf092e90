/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import java.util.function.ObjIntConsumer;

/**
 * Reads what BuildKit says of a build, a protocol buffer at a time: of its {@code StatusResponse} the steps that began (field 1:
 * digest 1, name 3, begin 5) and what their commands wrote (field 3: text 4). For one build.
 */
final class BuildTrace {

    private static final int STEP = 1;
    private static final int OUTPUT = 3;
    private static final int BYTES = 2;

    private final Set<String> begun = new HashSet<>();

    /** The log's next text; empty when there is nothing to say. */
    String text(String encoded) {
        StringBuilder text = new StringBuilder();
        fields(ByteBuffer.wrap(Base64.getDecoder().decode(encoded)), (content, field) -> {
            if (field == STEP) {
                step(content, text);
            } else if (field == OUTPUT) {
                output(content, text);
            }
        });
        return text.toString();
    }

    private void step(ByteBuffer content, StringBuilder text) {
        String[] step = new String[6];
        fields(content, (value, field) -> {
            if (field < step.length) {
                step[field] = utf8(value);
            }
        });
        String name = step[3];
        if (name != null && step[5] != null && !name.startsWith("[internal]") && begun.add(step[1])) {
            text.append(name).append('\n');
        }
    }

    private static void output(ByteBuffer content, StringBuilder text) {
        fields(content, (value, field) -> {
            if (field == 4) {
                text.append(utf8(value));
            }
        });
    }

    /** Calls with each field that has bytes; numbers are passed over. */
    private static void fields(ByteBuffer message, ObjIntConsumer<ByteBuffer> each) {
        while (message.hasRemaining()) {
            long key = number(message);
            switch ((int) key & 7) {
                case 0 -> number(message);
                case 1 -> message.position(message.position() + 8);
                case 5 -> message.position(message.position() + 4);
                case BYTES -> {
                    int length = Math.toIntExact(number(message));
                    each.accept(message.slice(message.position(), length), (int) (key >> 3));
                    message.position(message.position() + length);
                }
                default -> throw new IllegalStateException("not a message of BuildKit's: key " + key);
            }
        }
    }

    private static long number(ByteBuffer message) {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = message.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                break;
            }
        }
        return value;
    }

    private static String utf8(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }
}
