/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.session;

import java.io.ByteArrayOutputStream;

/**
 * Some lines of one stream, whole but for the pieces of a very long one.
 *
 * @param marker 1 for standard output, 2 for standard error
 * @param text the lines with their line ends
 */
public record LogEntry(byte marker, byte[] text) {

    /** Standard output's marker. */
    public static final byte STDOUT = 1;
    /** Standard error's marker. */
    public static final byte STDERR = 2;

    /** The lines, each with the marker three times before it. */
    public byte[] marked() {
        ByteArrayOutputStream marked = new ByteArrayOutputStream(text.length + 16);
        boolean lineStart = true;
        for (byte b : text) {
            if (lineStart) {
                marked.write(marker);
                marked.write(marker);
                marked.write(marker);
            }
            marked.write(b);
            lineStart = b == '\n';
        }
        return marked.toByteArray();
    }
}
