/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import io.sandflock.engine.local.ProcessSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The POSIX shell program that leads every exec. The engine gives up an exec's streams two seconds after its first process ended, and
 * tells nobody how that one ended before. What of a large output was not read by then is lost, and until it is read no other exec in
 * the container is seen to end (engine 26.1). So the first process is this, which lives until both outputs were closed by everyone and
 * standard input ends, which happens once all of the outputs has arrived here. It says on standard error, in lines that begin with a
 * random word, what its command's process is ({@code +pid}), why there is none ({@code -reason}) and how it ended ({@code =code}), and
 * on each output that nothing else comes there ({@code $}).
 *
 * <p>The word comes as the first line of standard input: it shows in no list of processes, and nothing runs before we listen. The
 * command has a process group of its own where {@code setsid} is there, as it is with util-linux and BusyBox.
 */
final class EntryScript {

    private static final String TEXT = """
            IFS= read -r k || exit 125
            no() { printf '%s-%s\\n' "$k" "$1" >&2; exit 125; }
            if ! cd "$1" 2>/dev/null; then
              [ -e "$1" ] || no 'no such file or directory'
              [ -d "$1" ] || no 'not a directory'
              no 'permission denied'
            fi
            m=$2
            shift 2
            [ -e "$1" ] || no 'no such file or directory'
            if [ -d "$1" ] || [ ! -x "$1" ]; then no 'permission denied'; fi
            unset OLDPWD
            s=
            command -v setsid >/dev/null && s=setsid
            exec 3>&1 4>&2
            # Its own standard error is nobody's: shells report there what a command was killed by.
            go() {
              exec 2>/dev/null
              (
                exec $s /bin/sh -c 'printf "%s+%s\\n" "$1" "$$" >&4; shift; exec "$@" 4>&-' sh "$k" "$@" 2>&5 3>&- 5>&-
              )
              printf '%s=%s\\n' "$k" "$?" >&4
            }
            pass() {
              exec 4>&- 5>&-
              cat >&3
              printf '%s$\\n' "$k" >&3
            }
            if [ "$m" ]; then
              { exec 5>&1; go "$@"; } | pass
            else
              { { go "$@"; } | pass; } 5>&1 >/dev/null | pass 3>&4
            fi
            read -r k && exec cat >/dev/null
            """;

    /** Process 1 below the engine's init: runs the image's entrypoint beside the sandbox, as Daytona's daemon does, and stays. */
    private static final String HOLD = """
            trap 'exit 0' TERM
            [ $# -eq 0 ] || "$@" &
            while :; do sleep 86400 & wait $!; done
            """;

    private static final Pattern CODE = Pattern.compile("=(\\d{1,3})");
    private static final Pattern PID = Pattern.compile("\\+(\\d{1,9})");

    private EntryScript() {}

    static List<String> command(ProcessSpec spec, String cwd) {
        List<String> command =
                new ArrayList<>(List.of("/bin/sh", "-c", TEXT, "sh", cwd, spec.mergeStderr() ? "merge" : ""));
        command.addAll(spec.argv());
        return command;
    }

    static List<String> hold(List<String> entrypoint) {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", HOLD, "sandflock"));
        command.addAll(entrypoint);
        return command;
    }

    /** Whether a line says that nothing else comes on its output. */
    static boolean isEnd(String line) {
        return line.equals("$");
    }

    /** The pid of a {@code +} line, or -1. */
    static long pid(String line) {
        Matcher matcher = PID.matcher(line);
        return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
    }

    /** The exit code of a {@code =} line, or -1. */
    static int code(String line) {
        Matcher matcher = CODE.matcher(line);
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
    }
}
