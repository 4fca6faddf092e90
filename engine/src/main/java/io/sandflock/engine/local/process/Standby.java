/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.process;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A shell on the host that is ready to lead one command into a machine: what takes time and is the same for all commands is done. It knows
 * nothing of a command yet, and ends when its standard input does, so also with this JVM however that ends. Made by {@link
 * HostProcesses#standBy}.
 *
 * <p>What it is told are words, and it never reads them as a program: a first line of the machine's own; the number of words; of each the
 * number of its lines, and these. It becomes its own arguments with the words after them.
 */
public final class Standby {

    // A shell reads a pipe byte by byte: more would take longer than a new process.
    private static final int MOST_BYTES = 4096;

    private static final int END_SECONDS = 30;

    private final Process process;
    private final Map<String, String> env;

    Standby(Process process, Map<String, String> env) {
        this.process = process;
        this.env = Map.copyOf(env);
    }

    Process process() {
        return process;
    }

    /**
     * Whether a command can be started by it: one with the variables that the shell has, with few words of plain text, since shells differ
     * in what they make of other bytes.
     */
    public boolean fits(Launch launch) {
        return !launch.mergeStderr()
                && launch.env().equals(env)
                && LaunchScript.words(launch).stream().allMatch(Standby::isPlain)
                && LaunchScript.words(launch).stream().mapToInt(String::length).sum() <= MOST_BYTES;
    }

    private static boolean isPlain(String word) {
        return word.chars().allMatch(c -> c == '\n' || c == '\t' || (c >= ' ' && c <= '~'));
    }

    /** Says what to start; the line that {@link LaunchScript} waits for is not among it. */
    void tell(String machine, Launch launch) throws IOException {
        List<String> words = LaunchScript.words(launch);
        StringBuilder text = new StringBuilder(machine).append('\n');
        text.append(words.size()).append('\n');
        for (String word : words) {
            text.append(word.chars().filter(c -> c == '\n').count() + 1).append('\n');
            text.append(word).append('\n');
        }
        OutputStream stdin = process.getOutputStream();
        stdin.write(text.toString().getBytes(StandardCharsets.US_ASCII));
        stdin.flush();
    }

    /** Ends it, without a wait. */
    public void end() {
        process.destroyForcibly();
    }

    /** Blocks until it is gone, after {@link #end()}: in the middle of joining a cgroup it takes its time. */
    public void awaitEnd() {
        try {
            process.waitFor(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
