/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A short program of the host's, run to its end by a thread that may block, with an empty environment.
 *
 * @param exitCode its exit code
 * @param output both streams, at most 64 KiB
 */
public record HostCommand(int exitCode, String output) {

    private static final int MOST_STARTS = 3;

    /** Runs; blocks. */
    public static HostCommand run(List<String> argv) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(argv).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().put("LC_ALL", "C");
        Process process = start(builder);
        process.getOutputStream().close();
        try {
            byte[] output = process.getInputStream().readNBytes(64 * 1024);
            process.getInputStream().skip(Long.MAX_VALUE);
            return new HostCommand(process.waitFor(), new String(output, StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /**
     * Ctrl-C reaches every process of a terminal's group, the JDK's helper included that is about to become ours: then nothing was
     * started, and it is tried again.
     */
    static Process start(ProcessBuilder builder) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return builder.start();
            } catch (IOException e) {
                boolean helper = String.valueOf(e.getMessage()).contains("spawn helper");
                if (!helper || attempt == MOST_STARTS) {
                    throw e;
                }
            }
        }
    }
}
