/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.files;

import io.sandflock.FileException.Errno;
import java.util.LinkedHashMap;
import java.util.Map;

/** The POSIX error that a tool's message tells of, as GNU, musl and BusyBox word it in the C locale. */
final class Errnos {

    private static final Map<String, Errno> TEXTS = new LinkedHashMap<>();

    static {
        for (Errno errno : Errno.values()) {
            if (errno != Errno.EIO) {
                TEXTS.put(errno.text(), errno);
            }
        }
        TEXTS.put("Operation not permitted", Errno.EACCES);
        TEXTS.put("Symbolic link loop", Errno.ELOOP);
        TEXTS.put("Filename too long", Errno.ENAMETOOLONG);
        TEXTS.put("Disk quota exceeded", Errno.ENOSPC);
        TEXTS.put("File exists", Errno.EEXIST);
    }

    private Errnos() {}

    /**
     * Of what was said on standard error about a path. The reason ends its line, and BusyBox prints the path as it is: one with a line end
     * must not be taken for a reason.
     */
    static Errno of(String stderr, String path) {
        String said = path.indexOf('\n') < 0 ? stderr : stderr.replace(path, "");
        for (String line : said.split("\n")) {
            if (line.startsWith("!")) {
                return Errno.ofName(line.substring(1));
            }
            for (Map.Entry<String, Errno> text : TEXTS.entrySet()) {
                if (line.endsWith(text.getKey())) {
                    return text.getValue();
                }
            }
            if (line.contains(": invalid user") || line.contains(": invalid group") || line.contains(": unknown ")) {
                return Errno.EINVAL;
            }
        }
        return Errno.EIO;
    }
}
