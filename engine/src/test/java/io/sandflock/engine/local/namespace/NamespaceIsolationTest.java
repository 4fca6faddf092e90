/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.SpawnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What hostile code in a sandbox of the host's root sees and can do. */
@Timeout(240)
class NamespaceIsolationTest extends WithSandbox {

    /** A command, a program that it needs, and why it must fail. */
    private record Forbidden(String command, String program, String reason) {}

    private static final List<Forbidden> FORBIDDEN = List.of(
            new Forbidden("mknod /tmp/disk b 8 0", "mknod", "Operation not permitted"),
            new Forbidden("mount -t tmpfs none /mnt", "mount", "permission denied"),
            new Forbidden("umount -l /usr", "umount", "must be superuser"),
            new Forbidden("mount -o remount,rw /proc/sys", "mount", "permission denied"),
            new Forbidden("echo x >/proc/sys/kernel/core_pattern", "sh", "Read-only file system"),
            new Forbidden("chmod 600 /dev/null", "chmod", "Read-only file system"),
            new Forbidden("hostname evil", "hostname", "must be root"),
            new Forbidden("date -s @0", "date", "Operation not permitted"),
            new Forbidden("dmesg", "dmesg", "Operation not permitted"),
            new Forbidden("ip link add d0 type dummy", "ip", "Operation not permitted"),
            new Forbidden("nsenter -t 1 -m true", "nsenter", "Operation not permitted"),
            new Forbidden("unshare -m true", "unshare", "Operation not permitted"),
            new Forbidden("renice -n -5 -p $$", "renice", "Permission denied"),
            new Forbidden("ls /sys/kernel", "ls", "No such file or directory"),
            new Forbidden("cat /dev/kmsg", "cat", "No such file or directory"),
            new Forbidden("cat /sys/fs/cgroup/memory/memory.limit_in_bytes", "cat", "No such file or directory"),
            new Forbidden(
                    "chroot /proc/1/root ls /work", "chroot", "cannot access '/work': No such file or directory"));

    @Test
    void rootInsideHasNoPowerOverTheHost() {
        for (Forbidden forbidden : FORBIDDEN) {
            assertThat(asRoot("command -v " + forbidden.program()).code())
                    .as("the host needs %s, without which nothing is shown", forbidden.program())
                    .isZero();
            Boxes.Result result = asRoot(forbidden.command());
            assertThat(result.code()).as(forbidden.command()).isNotZero();
            assertThat(result.err()).as(forbidden.command()).contains(forbidden.reason());
        }
        assertThat(asRoot("grep -E 'Cap(Prm|Eff|Bnd|Inh|Amb)' /proc/self/status | cut -f2")
                        .out())
                .isEqualTo(
                        "0000000000000000\n00000000a80425fb\n00000000a80425fb\n00000000a80425fb\n0000000000000000\n");
    }

    @Test
    void whatTheKernelTellsOfTheHostIsEmptyOrReadOnly() {
        for (String hidden : List.of("keys", "timer_list", "kcore", "kmsg", "sched_debug", "slabinfo")) {
            assertThat(asRoot("cat /proc/" + hidden + " 2>/dev/null | wc -c").out())
                    .as(hidden)
                    .isEqualTo("0\n");
        }
        assertThat(
                        out(
                                "for f in sys irq bus fs; do [ ! -d /proc/$f ] || grep \" /proc/$f \" /proc/mounts | cut -d' ' -f4 | cut -c1-3; done | sort -u"))
                .isEqualTo("ro,\n");
    }

    // The program notes what it may do before it does its work, so the way in still works and the notes can be read.
    @Test
    void aReplacedProgramOnTheWayInGetsNoRightsOutside() {
        Machine hostile = create(Boxes.spec("hostile-1"));
        String trap = """
                #!/bin/sh
                {
                  echo uid $(id -u) map $(cat /proc/self/uid_map)
                  mount -t tmpfs none /mnt; echo mount $?
                  hostname evil; echo hostname $?
                  nsenter -t 1 -m true; echo nsenter $?
                  echo x >/proc/sys/kernel/core_pattern; echo pattern $?
                  mknod /tmp/disk b 8 0; echo mknod $?
                  ip link add d0 type dummy; echo link $?
                  echo root $(ls /proc/1/root/ /proc/self/cwd/)
                  echo fds $(ls /proc/self/fd)
                  echo others $(cat /proc/[0-9]*/cmdline | tr '\\0' ' ')
                } >/var/tmp/trapped 2>&1
                exec /usr/bin/setpriv.genuine "$@"
                """;
        Boxes.Result set = Boxes.later(
                        hostile,
                        new ProcessSpec(
                                List.of(
                                        "/usr/bin/env",
                                        "sudo",
                                        "-n",
                                        "/bin/sh",
                                        "-c",
                                        "mv /usr/bin/setpriv /usr/bin/setpriv.genuine && printf '%b' \"$1\" >/usr/bin/setpriv && chmod 755 /usr/bin/setpriv",
                                        "sh",
                                        trap),
                                Optional.empty(),
                                Map.of(),
                                false))
                .block(Boxes.LONG);
        assertThat(set).isEqualTo(new Boxes.Result(0, "", ""));
        assertThat(out(hostile, "id -u")).isEqualTo("1000\n");
        String notes = out(hostile, "cat /var/tmp/trapped");
        assertThat(notes)
                .contains("uid 0 map 0 0 65536\n")
                .contains("mount: /mnt: permission denied.", "mount 32\n")
                .contains("hostname: you must be root to change the host name\nhostname 1\n")
                .contains("'ns/mnt' failed: Operation not permitted\nnsenter 1\n")
                .contains("core_pattern: Read-only file system\npattern 2\n")
                .contains("mknod: /tmp/disk: Operation not permitted\nmknod 1\n")
                .contains("RTNETLINK answers: Operation not permitted\nlink 2\n")
                .contains("fds 0 1 2 3\n")
                .doesNotContain("java", "work", "sandflock-local");
        Boxes.sh(hostile, "printf '#!/bin/sh\\necho trapped\\n' | sudo -n tee /usr/bin/setpriv");
        assertThatThrownBy(() -> Boxes.sh(hostile, "true")).isInstanceOf(SpawnException.class);
        hostile.stop().block(Boxes.LONG);
        hostile.destroy().block(Boxes.LONG);
    }

    @Test
    void aBlockedNetworkIsLoopbackOnly() {
        Machine blocked = create(new MachineSpec("blocked-1", "default", Map.of(), "daytona", true, 1, 1, 1));
        assertThat(out(blocked, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '"))
                .isEqualTo("lo\n");
        String connect =
                "python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)' ";
        assertThat(Boxes.sh(blocked, connect + "192.0.2.1 80").err()).contains("Network is unreachable");
        assertThat(asRoot(blocked, connect + "192.0.2.1 80").err()).contains("Network is unreachable");
        assertThat(asRoot(blocked, "ip route add default dev lo").err()).contains("Operation not permitted");
        String echo = """
                python3 -c '
                import socket
                s = socket.create_server(("127.0.0.1", 0))
                c = socket.create_connection(s.getsockname(), 5)
                s.accept()[0].sendall(b"loop")
                print(c.recv(4).decode())'
                """;
        assertThat(out(blocked, echo)).isEqualTo("loop\n");
        blocked.destroy().block(Boxes.LONG);
    }

    @Test
    void aSocketOfTheHostIsOutOfReachWhenTheNetworkIsBlocked() throws IOException {
        try (java.net.ServerSocket server =
                new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            Machine blocked = create(new MachineSpec("blocked-2", "default", Map.of(), "daytona", true, 1, 1, 1));
            String connect = "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", "
                    + server.getLocalPort() + "), 5); print(\"in\")'";
            assertThat(Boxes.sh(blocked, connect).err()).contains("Connection refused");
            assertThat(out(connect)).isEqualTo("in\n");
            blocked.destroy().block(Boxes.LONG);
        }
    }

    @Test
    void onlyTheAllowedTopLevelFoldersAreThere() {
        List<String> allowed = List.of(
                "bin", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc", "root",
                "run", "sbin", "srv", "sys", "tmp", "usr", "var");
        assertThat(out("ls -A /").lines()).isSubsetOf(allowed);
        assertThat(out("ls -A /home; ls -A /tmp /var/tmp /sys /srv /mnt | grep -v :")
                        .strip())
                .isEqualTo("daytona");
        assertThat(asRoot("ls -A /root").out()).isEmpty();
    }

    @Test
    void noCredentialOfTheHostIsThere() throws IOException {
        assertThat(asRoot("cat /etc/shadow").out().lines()).allMatch(line -> line.split(":")[1].equals("*"));
        for (String name :
                List.of("machine-id", "ssl/private", "docker", "kubernetes", "shadow-", "ssh/ssh_host_ed25519_key")) {
            assertThat(asRoot("ls -d /etc/" + name).code()).as(name).isEqualTo(2);
        }
        assertThat(out("grep -c '^daytona:' /etc/passwd; awk -F: '$3 >= 1000 && $3 < 65534' /etc/passwd | cut -d: -f1"))
                .isEqualTo("1\ndaytona\n");
    }

    @Test
    void processesOfTheHostAndOfOtherSandboxesCannotBeSeen() {
        Machine other = create(Boxes.spec("other-1"));
        MachineProcess sleeper = Boxes.spawn(other, "exec sleep 98765");
        assertThat(out("cat /proc/[0-9]*/cmdline | tr '\\0' ' '"))
                .doesNotContain("98765")
                .doesNotContain("java");
        assertThat(asRoot("cat /proc/1/environ").out().replace("PWD=/\0", "")).isEmpty();
        assertThat(asRoot("ls /proc/1/root/; ls -l /proc/1/cwd").out())
                .contains("home")
                .doesNotContain("work");
        sleeper.signal(9).block(Boxes.LONG);
        assertThat(sleeper.exit().block(Boxes.LONG)).isEqualTo(137);
        other.destroy().block(Boxes.LONG);
    }

    @Test
    void rootInsideChangesItsOwnSystemOnly() {
        assertThat(asRoot(
                                "echo x >/usr/bin/sandflock-x && rm /usr/bin/env.none /etc/hosts; mkdir /data && chown 7:7 /data && ls -d /data")
                        .out())
                .isEqualTo("/data\n");
        assertThat(Path.of("/usr/bin/sandflock-x")).doesNotExist();
        assertThat(Path.of("/etc/hosts")).exists();
    }

    @Test
    void aBrokenOutRootDirectoryIsStillTheSandboxs() {
        Needs.that(Files.exists(Path.of("/usr/bin/perl")), "needs perl to call chroot(2)");
        String escape =
                "mkdir -p /tmp/c; perl -e 'chroot q(/tmp/c) or die; chdir q(..) for 1..50; chroot q(.); print join q( ), glob q(/*)'";
        assertThat(asRoot(escape).out())
                .contains("/home")
                .doesNotContain("/work")
                .doesNotContain("/boot");
    }

    @Test
    void hostileTreesAreRemovedWithoutFollowingLinks() throws IOException {
        Path victim = Files.createFile(state.getParent().resolve("victim-" + System.nanoTime()));
        Machine box = create(Boxes.spec("tree-1"));
        out(
                box,
                "mkdir a; chmod 0 a; ln -s / root; ln -s " + victim
                        + " v; i=0; while [ $i -lt 1500 ]; do mkdir d; cd d; i=$((i+1)); done; sudo -n mkdir -m 0 /var/x /usr/y");
        box.destroy().block(Boxes.LONG);
        assertThat(victim).exists();
        Files.delete(victim);
    }
}
