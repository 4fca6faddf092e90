/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.ExecResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The last line of an output, for a one-line message: that is where programs say why they failed. */
final class LastLine {

    private static final int WINDOW = 4 << 10;
    private static final int LONGEST = 300;

    private LastLine() {}

    /** {@code ": line"}, cut to 300 characters; empty when there is no line. Control characters become blanks. */
    static String of(ExecResult.Output output) {
        String line = text(output);
        return line.isEmpty() ? "" : ": " + line;
    }

    /** The last line that is not blank, or nothing. */
    static String text(ExecResult.Output output) {
        byte[] bytes = output.bytes();
        byte[] tail = Arrays.copyOfRange(bytes, Math.max(0, bytes.length - WINDOW), bytes.length);
        String text = new String(tail, StandardCharsets.UTF_8).stripTrailing();
        String line = text.substring(Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1);
        String clean = line.replaceAll("[\\p{Cntrl}\\x{200e}\\x{200f}\\x{202a}-\\x{202e}]+", " ")
                .strip();
        return clean.length() > LONGEST ? clean.substring(0, LONGEST) + "..." : clean;
    }
}
