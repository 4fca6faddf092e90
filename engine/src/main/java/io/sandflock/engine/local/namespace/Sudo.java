/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

/** The way to another user for a sandbox on a host without {@code sudo}: a program of that name over the host's setuid {@code su}. */
final class Sudo {

    /** Root and {@code daytona} may become anyone; nobody else may. */
    static final String PAM = """
            auth sufficient pam_rootok.so
            auth requisite pam_succeed_if.so quiet use_uid user = daytona
            auth required pam_permit.so
            account required pam_permit.so
            session required pam_permit.so
            """;

    /** Arguments travel as arguments, so every byte survives; {@code --session-command} stays in the caller's process group. */
    static final String PROGRAM = """
            #!/bin/sh
            # Runs a command as another user: sudo [-n] [-E] [-H] [-S] [-k] [-u USER] [--] [NAME=VALUE ...] COMMAND [ARGUMENT ...]
            user=root keep= shell=
            while [ $# -gt 0 ]; do
              case $1 in
                --) shift; break ;;
                -u|--user) [ $# -gt 1 ] || { echo 'sudo: -u needs a user' >&2; exit 1; }; user=$2; shift 2 ;;
                -u?*) user=${1#-u}; shift ;;
                --user=*) user=${1#--user=}; shift ;;
                -E|--preserve-env) keep=1; shift ;;
                --preserve-env=*) keep=1; shift ;;
                -n|-H|-S|-k|-b|--non-interactive|--set-home|--stdin) shift ;;
                -nE|-En|-EH|-HE|-nHE|-nEH) keep=1; shift ;;
                -nH|-Hn) shift ;;
                -i|-s|--login|--shell) shell=1; shift ;;
                -v|--validate) exit 0 ;;
                -l|--list) echo '(ALL : ALL) NOPASSWD: ALL'; exit 0 ;;
                -nu) [ $# -gt 1 ] || { echo 'sudo: -u needs a user' >&2; exit 1; }; user=$2; shift 2 ;;
                -*) echo "sudo: unknown option $1; known are -n -E -H -S -k -i -s -u USER --" >&2; exit 1 ;;
                *) break ;;
              esac
            done
            case $user in '#'*) user=$(getent passwd "${user#?}" | cut -d: -f1) ;; esac
            from=$(id -un)
            path=$PATH
            [ -n "$keep" ] || path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
            if [ $# -eq 0 ]; then
              [ -n "$shell" ] || { echo 'sudo: no command given' >&2; exit 1; }
              set -- /bin/sh
            fi
            export SUDO_USER="$from" SUDO_UID="$(id -u)" SUDO_GID="$(id -g)"
            exec su -s /bin/sh --session-command 'export PATH="$0" USER="$1" LOGNAME="$1"; shift
            while :; do case $1 in [A-Za-z_]*=*) export "$1"; shift ;; *) break ;; esac; done
            exec "$@"' -- "$user" "$path" "$user" "$@"
            """;

    private Sudo() {}
}
