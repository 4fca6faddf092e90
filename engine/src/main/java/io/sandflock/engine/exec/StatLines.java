/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.FileStat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code stat -c '%s %f %u %g %Y|%n//'} prints. */
final class StatLines {

    private static final Pattern LINE = Pattern.compile("(\\d+) ([0-9a-fA-F]+) (\\d+) (\\d+) (-?\\d+)\\|");

    private StatLines() {}

    /** One file, which the caller named. */
    static FileStat one(String path, String text) {
        Matcher matcher = LINE.matcher(text);
        if (!matcher.lookingAt()) {
            throw new IllegalStateException("the sandbox's stat printed something else than was asked for");
        }
        String trimmed = path.replaceAll("(?<=.)/+$", "");
        return of(matcher, trimmed.equals("/") ? "/" : trimmed.substring(trimmed.lastIndexOf('/') + 1));
    }

    /** Entries {@code ./name//}, by name. */
    static List<FileStat> entries(String text) {
        List<FileStat> entries = new ArrayList<>();
        for (String entry : text.split("//\n")) {
            Matcher matcher = LINE.matcher(entry);
            if (matcher.lookingAt() && entry.startsWith("./", matcher.end())) {
                entries.add(of(matcher, entry.substring(matcher.end() + 2)));
            }
        }
        entries.sort(Comparator.comparing(FileStat::name));
        return entries;
    }

    private static FileStat of(Matcher matcher, String name) {
        int mode = Integer.parseInt(matcher.group(2), 16);
        return new FileStat(
                name,
                type(mode),
                Long.parseLong(matcher.group(1)),
                mode & 07777,
                Long.parseLong(matcher.group(3)),
                Long.parseLong(matcher.group(4)),
                Instant.ofEpochSecond(Long.parseLong(matcher.group(5))));
    }

    private static FileStat.Type type(int mode) {
        return switch (mode & 0170000) {
            case 0100000 -> FileStat.Type.FILE;
            case 0040000 -> FileStat.Type.DIRECTORY;
            case 0120000 -> FileStat.Type.LINK;
            default -> FileStat.Type.SPECIAL;
        };
    }
}
