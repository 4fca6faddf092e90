/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import java.util.List;

/**
 * What a sandbox's user finds in its image; found out once for an image, before any of its sandboxes ran a command.
 *
 * @param shell that commands are fed to
 * @param home of the user
 * @param workDir of commands that name none
 */
record Traits(String shell, String home, String workDir) {

    /** What is known before anything was asked. */
    static final Traits UNKNOWN = new Traits("/bin/sh", "/", "/");

    /** Says them, one a line; the first argument is the image's own working directory. */
    static final String PROGRAM = """
            s=
            for c in /usr/bin/zsh /bin/zsh /usr/bin/bash /bin/bash; do
              [ "$s" ] || [ ! -r /etc/shells ] || [ ! -x "$c" ] || while IFS= read -r l; do
                [ "$l" = "$c" ] && s=$c
              done </etc/shells
            done
            h=${HOME:-/}
            w=${1:-$h}
            [ -d "$w" ] || w=/
            printf '%s\\n' "${s:-/bin/sh}" "$h" "$w"
            """;

    static Traits of(String answer) {
        List<String> lines = answer.lines().toList();
        if (lines.size() != 3 || lines.stream().anyMatch(line -> !line.startsWith("/"))) {
            throw new IllegalStateException("an image's user cannot be told from: " + answer);
        }
        return new Traits(lines.get(0), lines.get(1), lines.get(2));
    }
}
