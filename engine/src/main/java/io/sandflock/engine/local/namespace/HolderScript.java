/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import java.util.ArrayList;
import java.util.List;

/**
 * The shell programs that make a sandbox.
 *
 * <p>Four processes have to do with it. The <em>keeper</em> is the JVM's child: it makes the namespaces and lives in the host's process
 * namespace, where the sandbox cannot see it; it ends the sandbox when its standard input ends, which the kernel sees to
 * however the JVM dies. (A parent-death signal would be tied to the JVM's <em>thread</em> that forked.) Its first child is process 1 of the
 * sandbox (so the keeper must not start any other program before): it mounts the sandbox's root, enters a user namespace and changes its root directory in one step, and then
 * only reaps.
 *
 * <p>The order is what keeps the host safe. Up to the user namespace only the host's programs run, so a sandbox that is
 * started again cannot have its own programs run with the host's rights. All other namespaces belong to the parent user
 * namespace, so root in the sandbox has no right over mounts, host name or network, whatever its capabilities. The keeper at last moves the
 * sandbox's root over {@code /} of the mount namespace: who enters it lands there, and {@code ..} does not lead below.
 *
 * <p>The keeper goes on when the JVM, which makes the folders and the list of mounts while the keeper's programs start, says so. It
 * joins the cgroups while its child mounts, and the child at the end, before anything of the sandbox runs: the first to join
 * waits until all processors came to rest, which takes as long as the mounts, and who joins after it does not.
 *
 * <p>A sandbox that is kept ready gets its name last of all, from the keeper: root in the sandbox has no right to it. The
 * keeper answers by the output of process 1, which is there as long as that is.
 */
final class HolderScript {

    static final String MARK = "sandflock-holder";

    private static final String KEEPER = """
            root=$1 fstab=$2 name=$3 kind=$4 network=$5 unshare=$6 inner=$7 mark=$8 folder=$9
            shift 9
            template=$1 uid=$2
            shift 2
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
            die() { echo failed; exit 1; }
            set_name() {
              if [ "$kind" = root ]; then echo "$name" >/proc/sys/kernel/hostname
              else hostname "$name"; fi
            }
            umask 022
            read -r line || die
            (
              [ "$kind" = root ] || [ -d "$folder/rw" ] || cp -a "$template/rw" "$folder/rw" || die
              [ -z "$name" ] || set_name || die
              if [ "$network" = blocked ]; then ip link set lo up || die; fi
              mount -n -a -T "$fstab" || die
              cd "$root" || die
              unset PWD OLDPWD
              for tasks; do echo 0 >"$tasks" || die; done
              echo built
              if [ "$kind" = root ]; then exec "$unshare" -U -R . /bin/sh -c "$inner" sh "$mark" root 2>/dev/null
              else exec "$unshare" -U --map-user="$uid" --map-group="$uid" -R . /bin/sh -c "$inner" sh "$mark" user 2>/dev/null; fi
            ) </dev/null &
            first=$!
            end() { kill -s KILL "$first"; exit 1; }
            for tasks; do echo 0 >"$tasks" || end; done
            read -r line || end
            tries=0
            if [ "$kind" = root ]; then
              until echo '0 0 65536' >"/proc/$first/uid_map"; do
                tries=$((tries + 1)); [ "$tries" -lt 100000 ] || end
              done 2>/dev/null
              echo '0 0 65536' >"/proc/$first/gid_map" || end
            else
              until read -r line rest <"/proc/$first/uid_map" && [ "$line" = "$uid" ]; do
                tries=$((tries + 1)); [ "$tries" -lt 100000 ] || end
              done 2>/dev/null
            fi
            mount -n --move "$root" / || end
            echo "ready $first"
            exec >/dev/null
            if [ -z "$name" ] && read -r name; then
              set_name && echo named >"/proc/$first/fd/1" || end
            fi
            read -r line
            kill -s KILL "$first"
            wait
            """;

    private static final String FIRST = """
            until read -r map </proc/self/gid_map; do :; done
            echo up
            if [ "$2" = root ]; then
              exec setpriv --bounding-set=-all --inh-caps=-all /bin/sh -c '%s' sh "$1"
            fi
            %s
            """.formatted(reaper(), reaper());

    private HolderScript() {}

    private static String reaper() {
        return "cd /; unset PWD OLDPWD; while :; do sleep 2000000000 & wait $!; [ $? -ne 127 ] || exit; done";
    }

    /** argv of the keeper. */
    static List<String> command(Programs programs, HolderPlan plan) {
        List<String> argv = new ArrayList<>(List.of(programs.path("setsid"), programs.path("unshare")));
        if (!plan.privileged()) {
            argv.addAll(List.of("-U", "-r"));
        }
        argv.addAll(List.of("-m", "-p", "-u", "-i", "--propagation", "slave"));
        if (plan.networkBlocked()) {
            argv.add("-n");
        }
        argv.addAll(List.of(programs.path("sh"), "-c", KEEPER, "sh"));
        argv.addAll(List.of(
                plan.folder().resolve("root").toString(),
                plan.fstab().toString(),
                plan.hostname(),
                plan.privileged() ? "root" : "user",
                plan.networkBlocked() ? "blocked" : "open",
                programs.path("unshare"),
                FIRST,
                plan.mark(),
                plan.folder().toString(),
                plan.template().toString(),
                Integer.toString(Accounts.UID)));
        plan.cgroups().forEach(group -> argv.add(group.resolve("cgroup.procs").toString()));
        return argv;
    }
}
