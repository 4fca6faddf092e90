/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.pty;

/**
 * What runs in the machine for a terminal. A JVM cannot open one, so a program of the sandbox's does: util-linux's {@code script}, or
 * Python where it is missing. It carries bytes between its pipes and the terminal, and ends as the shell did.
 */
final class PtyPrograms {

    /**
     * Runs on the terminal: says on the pipe of standard error which one it is and who its session is, and becomes the shell. What was set
     * for the terminal's program does not reach it.
     */
    private static final String INNER = """
            stty sane; stty cols "$SF_COLS" rows "$SF_ROWS"; echo "$(tty) $$" >&9; exec 9>&-; s=$SF_SHELL; SHELL=$s; \
            export SHELL; unset SF_COLS SF_ROWS SF_SHELL; exec "$s" -i -l""";

    /** Arguments: the width, the height, the shell, {@link #INNER}. */
    private static final String OPEN = """
            exec 9>&2
            SF_COLS=$1 SF_ROWS=$2 SF_SHELL=$3 SHELL=/bin/sh
            export SF_COLS SF_ROWS SF_SHELL SHELL
            if script --version >/dev/null 2>&1; then exec script -q -e -c "$4" /dev/null 2>/dev/null; fi
            if command -v python3 >/dev/null; then
              exec python3 -c 'import os, pty, sys
            code = os.waitstatus_to_exitcode(pty.spawn(["/bin/sh", "-c", sys.argv[1]]))
            sys.exit(code if code >= 0 else 128 - code)' "$4" 2>/dev/null
            fi
            echo '!none' >&9
            exit 127
            """;

    /** Arguments: the terminal, the width, the height. Setting them through the terminal itself tells its foreground processes. */
    static final String RESIZE = "stty cols \"$2\" rows \"$3\" <\"$1\"";

    /** The argument is the session: it hangs up, and half a second later nothing of it is left. */
    static final String HANG_UP = """
            s=$1
            each() {
              for f in /proc/[0-9]*/stat; do
                read -r line <"$f" || continue
                p=${line%% *}
                set -- ${line##*) }
                [ "$4" = "$s" ] && [ "$1" != Z ] && { kill "-$k" "$p"; found=1; }
              done
            }
            k=HUP; each
            k=CONT; each
            k=KILL
            for i in 1 2 3 4 5; do
              sleep 0.1 || sleep 1
              found=
              k=0; each
              [ "$found" ] || exit 0
            done
            k=KILL; each
            exit 0
            """;

    private PtyPrograms() {}

    static java.util.List<String> open(PtySpec spec, int cols, int rows, String shell) {
        return java.util.List.of(
                "/bin/sh", "-c", OPEN, "sh", Integer.toString(cols), Integer.toString(rows), shell, INNER);
    }
}
