/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.engine.local.process.Standby;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The ways into a running sandbox. */
final class Entry {

    /** What Docker leaves to a container by default. */
    private static final String CAPABILITIES =
            "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,"
                    + "+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap";

    private static final String JOIN =
            "while [ \"$1\" != : ]; do echo 0 >\"$1\" || exit 125; shift; done; shift; exec \"$@\"";

    /**
     * Joins the cgroups, waits for a line that says whose namespaces to enter, reads the rest of what it is told, and becomes the rest of its
     * arguments with these words after them.
     */
    static final String STAND_BY = """
            while [ "$1" != : ]; do echo 0 >"$1" || exit 125; shift; done
            shift
            IFS=' ' read -r sf_of sf_user || exit 125
            sf_enter=$1
            shift
            set -- "$sf_enter" -t "$sf_of" ${sf_user:+"$sf_user"} "$@"
            """ + Standby.LISTEN + "exec \"$@\"\n";

    private final Programs programs;
    private final boolean privileged;
    private final boolean networkBlocked;
    private final List<Path> cgroups;

    Entry(Programs programs, boolean privileged, boolean networkBlocked, List<Path> cgroups) {
        this.programs = programs;
        this.privileged = privileged;
        this.networkBlocked = networkBlocked;
        this.cgroups = cgroups;
    }

    /** Leads into all namespaces, to a user, and into a session of its own, which is a process group of its own. */
    List<String> forCommands(Holder holder, Accounts.Account user) {
        List<String> argv = apart();
        if (!cgroups.isEmpty()) {
            argv.addAll(shell(JOIN));
        }
        argv.addAll(List.of(programs.path("nsenter"), "-t", Long.toString(holder.pid())));
        if (!privileged) {
            argv.add(keepersUser(holder));
        }
        argv.addAll(namespacesAndUser(user));
        return argv;
    }

    /** As {@link #forCommands}, for a command that is not known yet, in a sandbox that may not be up yet. */
    List<String> forStandby(Accounts.Account user) {
        List<String> argv = apart();
        argv.addAll(shell(STAND_BY));
        argv.add(programs.path("nsenter"));
        argv.addAll(namespacesAndUser(user));
        return argv;
    }

    /** The first line for whoever stands by. */
    String machine(Holder holder) {
        return holder.pid() + (privileged ? "" : " " + keepersUser(holder));
    }

    // The first session keeps the terminal's Ctrl-C, which is meant for the JVM, away from nsenter.
    private List<String> apart() {
        List<String> argv = new ArrayList<>(programs.defaultSignals());
        argv.add(programs.path("setsid"));
        return argv;
    }

    private List<String> shell(String program) {
        List<String> argv = new ArrayList<>(List.of(programs.path("sh"), "-c", program, "sh"));
        cgroups.forEach(group -> argv.add(group.resolve("cgroup.procs").toString()));
        argv.add(":");
        return argv;
    }

    private List<String> namespacesAndUser(Accounts.Account user) {
        List<String> argv = new ArrayList<>(List.of("-m", "-u", "-i", "-p"));
        if (networkBlocked) {
            argv.add("-n");
        }
        if (privileged) {
            argv.add("-U");
            argv.addAll(
                    List.of(programs.path("setpriv"), "--reuid", user.uid(), "--regid", user.gid(), "--clear-groups"));
            argv.addAll(List.of("--bounding-set=" + CAPABILITIES, "--inh-caps=-all"));
        } else {
            // The sandbox's other namespaces belong to the keeper's user namespace, so that one is entered first, and
            // the sandbox's own from inside.
            argv.add("--preserve-credentials");
            argv.addAll(List.of(programs.path("nsenter"), "-t", "1", "-U", "--preserve-credentials"));
        }
        argv.add(programs.path("setsid"));
        return argv;
    }

    /** Leads into the process namespace, with the host's programs. */
    List<String> forSignals(Holder holder) {
        List<String> argv =
                new ArrayList<>(List.of(programs.path("nsenter"), "-t", Long.toString(holder.pid()), "-p", "-u"));
        if (!privileged) {
            argv.addAll(List.of(keepersUser(holder), "--preserve-credentials"));
        }
        return argv;
    }

    // The keeper's user namespace maps one user, and forbids to change groups.
    private static String keepersUser(Holder holder) {
        return "--user=/proc/" + holder.keeperPid() + "/ns/user";
    }
}
