/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * The log of a build, line by line: passed on, up to a bound, and its end kept. What is secret is masked in both. Guarded by itself: the
 * log comes on a thread of its own.
 */
final class BuildLog {

    private static final int KEPT_LINES = 60;
    private static final int KEPT_CHARACTERS = 4_000;
    private static final int LONGEST_LINE = 2_000;
    /** Whoever listens may be slow, and events wait in memory. */
    private static final int PASSED_ON = 1 << 20;
    /** Shorter ones are no secrets, and masking a version or a digit would leave nothing to read. */
    private static final int SHORTEST_SECRET = 6;

    private static final Pattern COLOURS = Pattern.compile("\u001B\\[[0-9;?]*[ -/]*[@-~]");

    private final List<String> secrets;
    private final Consumer<String> listener;
    private final Deque<String> kept = new ArrayDeque<>();
    private final StringBuilder open = new StringBuilder();
    private int keptCharacters = 0;
    private int passedOn = 0;

    BuildLog(List<String> secrets, Consumer<String> listener) {
        this.secrets = secrets.stream()
                .filter(secret -> secret.length() >= SHORTEST_SECRET)
                .toList();
        this.listener = listener;
    }

    synchronized void add(String chunk) {
        StringBuilder lines = new StringBuilder();
        open.append(chunk);
        for (int end = open.indexOf("\n"); end >= 0; end = open.indexOf("\n")) {
            lines.append(line(open.substring(0, end))).append('\n');
            open.delete(0, end + 1);
        }
        if (open.length() > LONGEST_LINE) {
            lines.append(line(open.toString())).append('\n');
            open.setLength(0);
        }
        passOn(lines.toString());
    }

    /** What comes last may lack its line's end. */
    synchronized void end() {
        if (open.length() > 0) {
            String last = line(open.toString());
            open.setLength(0);
            passOn(last + "\n");
        }
    }

    /** The last lines; empty when there was no log. */
    synchronized String tail() {
        return String.join("\n", kept);
    }

    String masked(String text) {
        String masked = text;
        for (String secret : secrets) {
            masked = masked.replace(secret, "***");
        }
        return masked;
    }

    /** Builders colour their logs, and a carriage return would overwrite what stands there. */
    private static String plain(String text) {
        return COLOURS.matcher(text)
                .replaceAll("")
                .replace('\t', ' ')
                .replaceAll("\\p{Cntrl}+", " ")
                .stripTrailing();
    }

    private String line(String text) {
        String line = masked(plain(text));
        if (line.length() > LONGEST_LINE) {
            line = line.substring(0, LONGEST_LINE) + "...";
        }
        kept.addLast(line);
        keptCharacters += line.length();
        while (kept.size() > 1 && (kept.size() > KEPT_LINES || keptCharacters > KEPT_CHARACTERS)) {
            keptCharacters -= kept.removeFirst().length();
        }
        return line;
    }

    private void passOn(String lines) {
        if (lines.isEmpty() || passedOn > PASSED_ON) {
            return;
        }
        passedOn += lines.length();
        listener.accept(passedOn > PASSED_ON ? "the rest of this log is not shown\n" : lines);
    }
}
