/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorContext;
import io.sandflock.ExecRequest;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import reactor.core.publisher.Mono;

/**
 * Programs that do with files what the daemon's requests do not do, or not once, or do not tell the error of. POSIX shell and what
 * coreutils and BusyBox have in common. The last line on standard error tells why one failed: a tool's own message, or {@code !} and
 * the error's name.
 */
final class FileCommands {

    private static final String PROLOGUE = """
            LC_ALL=C; export LC_ALL; unset CDPATH
            fail() { echo "!$1" >&2; exit 97; }
            there() { stat -L "$p" >/dev/null || exit 1; }
            regular() { [ -f "$p" ] && return; there; [ -d "$p" ] && fail EISDIR; fail EINVAL; }
            ready() {
              [ -e "$p" ] && regular
              d=${p%/*}
              [ -z "$d" ] || [ -d "$d" ] && return
              [ -e "$d" ] && fail ENOTDIR
              mkdir -p "$d" || exit 1
            }
            case $1 in /*) p=$1 ;; *) p=./$1 ;; esac
            """;

    /** A name has no slash, so two of them and a line end are the end of an entry whatever the name is. */
    private static final String FIELDS = "'%s %f %u %g %Y|%n//'";

    static final String STAT = PROLOGUE + "exec stat -L -c " + FIELDS + " \"$p\"";

    static final String LIST =
            PROLOGUE + """
            [ -d "$p" ] || { there; fail ENOTDIR; }
            [ -r "$p" ] && [ -x "$p" ] || fail EACCES
            cd -P "$p" >/dev/null || fail EACCES
            """ + "find . ! -name . -prune -exec stat -c " + FIELDS + " {} + 2>/dev/null\nexit 0\n";

    static final String WRITE = PROLOGUE + "ready; exec dd of=\"$p\" bs=65536";

    /** The first {@code dd} opens the file, since a shell's message does not tell one error from another. */
    static final String APPEND =
            PROLOGUE + "ready; dd of=\"$p\" conv=notrunc count=0 </dev/null || exit 1; exec cat >>\"$p\"";

    /** {@code rm} refuses these names with messages of its own. */
    static final String DELETE = PROLOGUE + """
            q=$p
            while [ "$q" != "${q%/}" ]; do q=${q%/}; done
            case $q in '' | */. | */..) fail EINVAL ;; esac
            [ -L "$p" ] || there
            if [ -d "$p" ] && ! [ -L "$p" ]; then
              [ "$2" = recursive ] || fail EISDIR
              exec rm -rf "$p"
            fi
            exec rm -f "$p"
            """;

    static final String READ = PROLOGUE + "regular; exec cat \"$p\"";

    private static final String TAR = "command -v tar >/dev/null || fail NOTAR\n";

    /** The archive is standard input. What is there of the path, from its end, tells why the rest cannot be made. */
    static final String UNPACK = PROLOGUE + TAR + """
            d=$p
            while [ ! -e "$d" ] && [ "$d" != "${d%/*}" ]; do d=${d%/*}; done
            [ -d "${d:-/}" ] || fail ENOTDIR
            [ -d "$p" ] || mkdir -p "$p" || exit 1
            cd "$p" >/dev/null || fail EACCES
            exec tar -x -p -o -f -
            """;

    static final String PACK = PROLOGUE + TAR + """
            [ -d "$p" ] || { there; fail ENOTDIR; }
            [ -r "$p" ] && [ -x "$p" ] || fail EACCES
            cd "$p" >/dev/null || fail EACCES
            exec tar -c -f - .
            """;

    private FileCommands() {}

    /** A path that a program can be asked about; errors as the kernel would. */
    static Mono<String> checked(String path, ErrorContext context) {
        Objects.requireNonNull(path, "path");
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            return Mono.error(() -> new FileException(path.isEmpty() ? Errno.ENOENT : Errno.EINVAL, path, context));
        }
        return Mono.just(path);
    }

    /** A request to run a program on a path. */
    static ExecRequest.Builder request(String program, String path, String... more) {
        List<String> argv = new ArrayList<>(List.of("sh", "-c", program, "sh", path));
        argv.addAll(List.of(more));
        return ExecRequest.builder(argv);
    }
}
