/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.engine.local.MachineFiles.Stat;
import io.sandflock.engine.local.http.Json;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** A file's entry on the wire. */
final class FileInfo {

    /** How Go prints a time by itself. */
    private static final DateTimeFormatter GO_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSSSSS xx 'UTC'", Locale.ROOT);

    private FileInfo() {}

    static ObjectNode of(Stat stat) {
        ZonedDateTime modified = stat.modifiedAt().atZone(ZoneOffset.UTC);
        return Json.object()
                .put("name", stat.name())
                .put("size", stat.size())
                .put("mode", letters(stat.mode()))
                .put("modTime", GO_TIME.format(modified))
                .put("modifiedAt", stat.modifiedAt().toString())
                .put("isDir", stat.isDirectory())
                .put("owner", Integer.toUnsignedString(stat.uid()))
                .put("group", Integer.toUnsignedString(stat.gid()))
                .put("permissions", String.format(Locale.ROOT, "%04o", stat.mode() & 0777));
    }

    /** As Go's {@code FileMode} prints it: {@code d}, {@code p}, {@code S}, {@code D} and {@code c} before the nine letters. */
    private static String letters(int mode) {
        StringBuilder letters = new StringBuilder(
                switch (mode & 0170000) {
                    case 0040000 -> "d";
                    case 0010000 -> "p";
                    case 0140000 -> "S";
                    case 0060000 -> "D";
                    case 0020000 -> "Dc";
                    case 0120000 -> "L";
                    default -> "";
                });
        letters.append((mode & 04000) != 0 ? "u" : "").append((mode & 02000) != 0 ? "g" : "");
        letters.append((mode & 01000) != 0 ? "t" : "");
        if (letters.length() == 0) {
            letters.append('-');
        }
        String all = "rwxrwxrwx";
        for (int bit = 0; bit < 9; bit++) {
            letters.append((mode & (1 << (8 - bit))) != 0 ? all.charAt(bit) : '-');
        }
        return letters.toString();
    }
}
