/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.files;

/**
 * The programs behind {@link ShellMachineFiles}: POSIX shell and what coreutils and BusyBox have in common. The first argument is
 * the path in {@code printf %b} escapes. A tool's own message tells the error; where a test of ours does, a line with {@code !}
 * and the error's name.
 */
final class FilePrograms {

    private static final String PROLOGUE = """
            LC_ALL=C TZ=UTC0; export LC_ALL TZ; unset CDPATH
            fail() { printf '\\n!%s\\n' "$1" >&2; exit 97; }
            path() { p=$(printf '%b.' "$1"); p=${p%.}; }
            there() { stat -L "$p" >/dev/null || exit 1; }
            regular() { [ -f "$p" ] && return; there; [ -d "$p" ] && fail EISDIR; fail EINVAL; }
            narrow() { umask "$(printf '%04o' $(( 0$(umask) | $1 )))"; }
            path "$1"
            """;

    static final String STAT = PROLOGUE + "exec stat -L -c '%s %f %u %g %Y %y' \"$p\"";

    /** A name has no slash, so two of them and a line end are the end of an entry whatever the name is. */
    static final String LIST = PROLOGUE + """
            [ -d "$p" ] || { there; fail ENOTDIR; }
            [ -r "$p" ] && [ -x "$p" ] || fail EACCES
            cd -P "$p" >/dev/null || fail EACCES
            find . ! -name . -prune -exec stat -L -c '%s %f %u %g %Y %y|%n//' {} + 2>/dev/null
            exit 0
            """;

    static final String READ = PROLOGUE + "regular; exec cat \"$p\"";

    /** What {@link #STAT} prints, in a line, before the contents. */
    static final String STAT_AND_READ =
            PROLOGUE + "regular; stat -L -c '%s %f %u %g %Y %y' \"$p\" || exit 1; exec cat \"$p\"";

    /** {@code dd} rather than a redirection: a shell's own message does not tell one error from another. */
    static final String WRITE = PROLOGUE + """
            if [ -e "$p" ]; then regular; fi
            case $p in
              */*) d=${p%/*}; [ -z "$d" ] || [ -d "$d" ] || {
                # mkdir would say that the file exists.
                [ -e "$d" ] && fail ENOTDIR
                (narrow 022; mkdir -p "$d") || exit 1
              };;
            esac
            narrow 022
            exec dd of="$p" bs=65536
            """;

    /** The second argument is the mode, octal. */
    static final String FOLDER = PROLOGUE + """
            narrow $(( 0777 & ~ 0$2 ))
            exec mkdir -p "$p"
            """;

    static final String DELETE = PROLOGUE + """
            [ -L "$p" ] || there
            if [ -d "$p" ] && ! [ -L "$p" ]; then
              [ "$2" = recursive ] || fail EISDIR
              exec rm -rf "$p"
            fi
            exec rm -f "$p"
            """;

    static final String MOVE = PROLOGUE + """
            s=$p; [ -L "$s" ] || there
            path "$2"
            if [ -e "$p" ] || [ -L "$p" ]; then fail EEXIST; fi
            exec mv -f "$s" "$p"
            """;

    /** The second argument is the mode or nothing, the third owner, {@code owner:group}, {@code :group} or nothing. */
    static final String PERMISSIONS = PROLOGUE + """
            there
            [ -z "$3" ] || chown "$3" "$p" || exit 1
            [ -z "$2" ] || chmod "$2" "$p" || exit 1
            """;

    private FilePrograms() {}
}
