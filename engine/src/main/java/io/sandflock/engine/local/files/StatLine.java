/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.files;

import io.sandflock.engine.local.MachineFiles.Stat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code stat -c '%s %f %u %g %Y %y'} prints. */
final class StatLine {

    /** Newer BusyBox and GNU print the fraction in {@code %y}; without one the seconds stand alone. */
    private static final Pattern LINE = Pattern.compile(
            "(\\d+) ([0-9a-fA-F]+) (\\d+) (\\d+) (-?\\d+) \\S+ \\d\\d:\\d\\d:\\d\\d(?:\\.(\\d{1,9}))?[^|\\n]*");

    private StatLine() {}

    /** One line. @throws IllegalStateException when it is none */
    static Stat one(String name, String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.lookingAt()) {
            throw new IllegalStateException("the machine's stat printed something else than was asked for");
        }
        return of(matcher, name);
    }

    /** Entries {@code line|./name//}, by name. What does not read as an entry is left out. */
    static List<Stat> entries(String text) {
        List<Stat> entries = new ArrayList<>();
        for (String entry : text.split("//\n")) {
            Matcher matcher = LINE.matcher(entry);
            if (matcher.lookingAt() && entry.startsWith("|./", matcher.end())) {
                entries.add(of(matcher, entry.substring(matcher.end() + 3)));
            }
        }
        entries.sort(Comparator.comparing(Stat::name));
        return entries;
    }

    private static Stat of(Matcher matcher, String name) {
        String fraction = matcher.group(6) == null ? "0" : (matcher.group(6) + "00000000").substring(0, 9);
        return new Stat(
                name,
                Long.parseLong(matcher.group(1)),
                Integer.parseInt(matcher.group(2), 16),
                Integer.parseUnsignedInt(matcher.group(3)),
                Integer.parseUnsignedInt(matcher.group(4)),
                Instant.ofEpochSecond(Long.parseLong(matcher.group(5)), Long.parseLong(fraction)));
    }
}
