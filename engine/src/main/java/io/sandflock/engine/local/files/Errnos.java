/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.files;

import io.sandflock.FileException.Errno;
import java.util.Optional;

/** The POSIX error that a tool's message tells of, as GNU, musl and BusyBox word it in the C locale. */
final class Errnos {

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
            Optional<Errno> errno = Errno.ofMessage(line);
            if (errno.isPresent()) {
                return errno.get();
            }
            if (line.contains(": invalid user") || line.contains(": invalid group") || line.contains(": unknown ")) {
                return Errno.EINVAL;
            }
        }
        return Errno.EIO;
    }
}
