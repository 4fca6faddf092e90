/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.session;

import io.sandflock.engine.local.files.ShellWords;

/** What runs in the machine for a session besides its shell; POSIX shell, coreutils or BusyBox. Paths are {@code printf %b} escapes. */
final class SessionPrograms {

    private static final String PROLOGUE = """
            d=$(printf '%b.' "$1"); d=${d%.}
            """;

    /** Makes the folder with its fifos; the command's text is standard input. */
    static final String PREPARE = PROLOGUE + """
            umask 077
            mkdir -p "$d" && cd "$d" && mkfifo in out err && exec cat >cmd.sh
            """;

    static final String CARRY = PROLOGUE + """
            cat "$d/out" & cat "$d/err" >&2 & wait
            """;

    /** Ends with our standard input; the outputs end when the command and its children closed them. */
    static final String CARRY_WITH_INPUT = PROLOGUE + """
            cat "$d/out" & cat "$d/err" >&2 &
            exec cat >"$d/in"
            """;

    /**
     * {@code TERM} to the shell and all below it, {@code KILL} to what is left after 5 s. The list is made first: a child whose parent
     * is gone belongs to nobody that could be found.
     */
    static final String TERMINATE = """
            all=$1
            parent() { while read -r k v rest; do case $k in PPid:) echo "$v"; return;; esac; done <"$1"; }
            while :; do
              more=
              for s in /proc/[0-9]*/status; do
                n=${s#/proc/}; n=${n%/status}
                case " $all " in *" $n "*) continue;; esac
                p=$(parent "$s" 2>/dev/null) || continue
                [ -n "$p" ] || continue
                case " $all " in *" $p "*) all="$all $n"; more=1;; esac
              done
              [ -n "$more" ] || break
            done 2>/dev/null
            kill -TERM $all 2>/dev/null
            alive() { for n in $all; do kill -0 "$n" 2>/dev/null && ! zombie "$n" && return 0; done; return 1; }
            zombie() { while read -r k v rest; do case $k in State:) [ "$v" = Z ]; return;; esac; done <"/proc/$1/status" 2>/dev/null; }
            i=0
            while alive && [ $i -lt 50 ]; do sleep 0.1 || { sleep 1; i=$((i + 9)); }; i=$((i + 1)); done
            kill -KILL $all 2>/dev/null
            d=$(printf '%b.' "$2"); d=${d%.}
            rm -rf "$d"
            exit 0
            """;

    private SessionPrograms() {}

    /** The line that makes the session's shell run a command and say how it ended. */
    static String source(String place, boolean withInput) {
        String in = withInput ? ShellWords.quoted(place + "/in") : "/dev/null";
        return "{ . " + ShellWords.quoted(place + "/cmd.sh") + "\n} <" + in + " >" + ShellWords.quoted(place + "/out")
                + " 2>" + ShellWords.quoted(place + "/err") + "\nprintf 'exit %s\\n' \"$?\"\n";
    }
}
