/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

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

    private final Programs programs;
    private final boolean privileged;
    private final Holder holder;
    private final boolean networkBlocked;
    private final List<Path> cgroups;

    Entry(Programs programs, boolean privileged, Holder holder, boolean networkBlocked, List<Path> cgroups) {
        this.programs = programs;
        this.privileged = privileged;
        this.holder = holder;
        this.networkBlocked = networkBlocked;
        this.cgroups = cgroups;
    }

    /** Leads into all namespaces, to a user, and into a session of its own, which is a process group of its own. */
    List<String> forCommands(Accounts.Account user) {
        // The first session keeps the terminal's Ctrl-C, which is meant for the JVM, away from nsenter.
        List<String> argv = new ArrayList<>(programs.defaultSignals());
        argv.add(programs.path("setsid"));
        if (!cgroups.isEmpty()) {
            argv.addAll(List.of(programs.path("sh"), "-c", JOIN, "sh"));
            cgroups.forEach(group -> argv.add(group.resolve("cgroup.procs").toString()));
            argv.add(":");
        }
        argv.addAll(List.of(programs.path("nsenter"), "-t", Long.toString(holder.pid()), "-m", "-u", "-i", "-p"));
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
            // the
            // sandbox's own from inside.
            argv.addAll(keepersUser());
            argv.addAll(List.of(programs.path("nsenter"), "-t", "1", "-U", "--preserve-credentials"));
        }
        argv.add(programs.path("setsid"));
        return argv;
    }

    /** Leads into the process namespace, with the host's programs. */
    List<String> forSignals() {
        List<String> argv =
                new ArrayList<>(List.of(programs.path("nsenter"), "-t", Long.toString(holder.pid()), "-p", "-u"));
        if (!privileged) {
            argv.addAll(keepersUser());
        }
        return argv;
    }

    // The keeper's user namespace maps one user, and forbids to change groups.
    private List<String> keepersUser() {
        return List.of("--user=/proc/" + holder.keeperPid() + "/ns/user", "--preserve-credentials");
    }
}
