/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.session;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What of a log a client gets; depends on the version that it says it is. */
public enum LogFormat {
    /** Clients that know nothing of markers: the lines alone. */
    PLAIN,
    /** Markers before each line, in one text. */
    MARKED,
    /** The marked text, and both streams apart. */
    SPLIT;

    private static final Pattern VERSION = Pattern.compile("v?(\\d{1,6})\\.(\\d{1,6})(?:\\.(\\d{1,6}))?(?:[-+].*)?");

    /**
     * @param version {@code X-Daytona-SDK-Version}, when it was sent
     * @param split whether {@code X-Daytona-Split-Output: true} was sent
     */
    public static LogFormat of(Optional<String> version, boolean split) {
        if (version.isEmpty() || version.get().isBlank()) {
            return split ? SPLIT : PLAIN;
        }
        String text = version.get().strip();
        if (text.toLowerCase(Locale.ROOT).contains("dev")) {
            return SPLIT;
        }
        Matcher matcher = VERSION.matcher(text);
        if (!matcher.matches()) {
            return MARKED;
        }
        long number = Long.parseLong(matcher.group(1)) * 1_000_000 + Long.parseLong(matcher.group(2));
        return number < 27 ? PLAIN : number < 167 ? MARKED : SPLIT;
    }

    /** A log's {@code output} in this format. */
    public String output(List<LogEntry> log) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        log.forEach(entry -> all.writeBytes(bytes(entry)));
        return all.toString(StandardCharsets.UTF_8);
    }

    /** An entry in this format. */
    public byte[] bytes(LogEntry entry) {
        return this == PLAIN ? entry.text() : entry.marked();
    }

    /** One stream of a log, without markers. */
    public static String stream(List<LogEntry> log, byte marker) {
        ByteArrayOutputStream one = new ByteArrayOutputStream();
        log.stream().filter(entry -> entry.marker() == marker).forEach(entry -> one.writeBytes(entry.text()));
        return one.toString(StandardCharsets.UTF_8);
    }
}
