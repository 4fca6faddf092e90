/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sandflock.PermanentException;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.SpawnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Real sandboxes, as root; what an ordinary user has is in {@link ChildJvmTest}. */
@Timeout(240)
class NamespaceSubstrateTest {

    @TempDir
    static Path state;

    private static NamespaceSubstrate substrate = Boxes.substrate(Path.of("/nowhere"));
    private static Machine machine;
    private static HostLook before;

    @BeforeAll
    static void open() throws IOException {
        assumeTrue(
                "root".equals(System.getProperty("user.name")) || System.getenv("CI") != null,
                "needs root; ChildJvmTest has the unprivileged half");
        before = HostLook.at(List.of("sandflock-holder"));
        substrate = Boxes.substrate(state);
        substrate.open().block(Boxes.LONG);
        machine = create(Boxes.spec("shared-1"));
    }

    @AfterAll
    static void nothingIsLeft() throws IOException {
        if (machine == null) {
            return;
        }
        List<String> instances = HostLook.instances(state);
        assertThat(instances).hasSize(1);
        substrate.closeLater().block(Boxes.LONG);
        HostLook after = HostLook.at(instances);
        assertThat(after).isEqualTo(new HostLook(before.mounts(), 0, 0));
        try (Stream<Path> left = Files.list(state)) {
            assertThat(left).isEmpty();
        }
    }

    private static Machine create(MachineSpec spec) {
        Machine made = substrate.create(spec).block(Boxes.LONG);
        assertThat(made).isNotNull();
        return made;
    }

    private static String out(String script) {
        return out(machine, script);
    }

    private static String out(Machine in, String script) {
        Boxes.Result result = Boxes.sh(in, script);
        assertThat(result.err()).isEmpty();
        return result.out();
    }

    private static Boxes.Result asRoot(String script) {
        return Boxes.run(machine, List.of("/usr/bin/env", "sudo", "-n", "-u", "root", "--", "/bin/sh", "-c", script));
    }

    @Test
    void commandsRunAsDaytonaInItsHome() {
        assertThat(out("id -u; id -un; pwd; echo $HOME; umask; hostname"))
                .isEqualTo("1000\ndaytona\n/home/daytona\n/home/daytona\n0022\nshared-1\n");
    }

    @Test
    void theEnvironmentIsBuiltFromNothing() {
        Boxes.Result result = Boxes.later(
                        machine,
                        new ProcessSpec(
                                List.of("/usr/bin/env"), Optional.of("/tmp"), Map.of("A", "b c", "LANG", "x"), false))
                .block(Boxes.LONG);
        assertThat(result.out().lines().map(line -> line.replaceAll("=.*", "")))
                .containsExactlyInAnyOrder(
                        "PATH",
                        "HOME",
                        "USER",
                        "LOGNAME",
                        "SHELL",
                        "LANG",
                        "DAYTONA_SANDBOX_ID",
                        "DAYTONA_SANDBOX_SNAPSHOT",
                        "DAYTONA_SANDBOX_USER",
                        "A",
                        "PWD");
        assertThat(result.out()).contains("A=b c\n", "LANG=x\n", "PWD=/tmp\n", "DAYTONA_SANDBOX_ID=shared-1\n");
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
    void sudoKeepsArgumentsExitCodesAndSignals() {
        assertThat(asRoot("id -u").out()).isEqualTo("0\n");
        String odd = "a 'b' \"c\" $d `e` \\ \n-x * \001";
        Boxes.Result printed = Boxes.run(
                machine,
                List.of("/usr/bin/env", "sudo", "-n", "-u", "root", "--", "/usr/bin/printf", "%s|", odd, "", "-n"));
        assertThat(printed.err()).isEmpty();
        assertThat(printed.out()).isEqualTo(odd + "||-n|");
        assertThat(asRoot("exit 7").code()).isEqualTo(7);
        assertThat(asRoot("kill -9 $$").code()).isEqualTo(137);
        assertThat(out("A=1 sudo -E -n sh -c 'echo $A'; sudo B=2 sh -c 'echo $B$HOME'; sudo -u daytona id -un"))
                .isEqualTo("1\n2/root\ndaytona\n");
        assertThat(Boxes.sh(machine, "sudo -u nobody -n sudo -n id").code()).isNotZero();
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
    void rootInsideHasNoPowerOverTheHost() {
        for (String forbidden : List.of(
                "mknod /tmp/disk b 8 0",
                "mount -t tmpfs none /mnt",
                "umount -l /usr",
                "mount -o remount,rw /proc/sys",
                "unshare -m true",
                "echo 1 >/proc/sys/kernel/panic",
                "echo x >/proc/sys/kernel/core_pattern",
                "echo b >/proc/sysrq-trigger",
                "chmod 600 /dev/null",
                "hostname evil",
                "date -s @0",
                "ls /sys/kernel",
                "cat /dev/kmsg",
                "dmesg",
                "modprobe loop",
                "cat /proc/kcore | grep -q .",
                "grep -q . /proc/keys",
                "ip link add d0 type dummy",
                "nsenter -t 1 -m true",
                "chroot /proc/1/root ls /work")) {
            assertThat(asRoot(forbidden).code()).as(forbidden).isNotZero();
        }
        String bounding = asRoot("grep CapBnd /proc/self/status").out().strip();
        assertThat(bounding).endsWith("a80425fb");
    }

    @Test
    void aBrokenOutRootDirectoryIsStillTheSandboxs() {
        assumeTrue(Files.exists(Path.of("/usr/bin/perl")), "needs perl to call chroot(2)");
        String escape =
                "mkdir -p /tmp/c; perl -e 'chroot q(/tmp/c) or die; chdir q(..) for 1..50; chroot q(.); print join q( ), glob q(/*)'";
        assertThat(asRoot(escape).out())
                .contains("/home")
                .doesNotContain("/work")
                .doesNotContain("/boot");
    }

    @Test
    void aReplacedProgramOnTheWayInGetsNoRightsOutside() {
        Machine hostile = create(Boxes.spec("hostile-1"));
        String trap =
                "#!/bin/sh\\necho trapped; cat /proc/self/uid_map; mount -t tmpfs none /mnt && echo MOUNTED; ls /proc/1/root\\n";
        Boxes.sh(hostile, "printf '" + trap + "' | sudo -n tee /usr/bin/setpriv");
        assertThatThrownBy(() -> Boxes.sh(hostile, "true")).isInstanceOf(SpawnException.class);
        hostile.stop().block(Boxes.LONG);
        hostile.destroy().block(Boxes.LONG);
    }

    @Test
    void aBlockedNetworkIsLoopbackOnly() {
        Machine blocked = create(new MachineSpec("blocked-1", "default", Map.of(), "daytona", true, 1, 1, 1));
        assertThat(
                        out(
                                blocked,
                                "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; cat /proc/net/fib_trie | grep -o '127.0.0.1' | head -1"))
                .isEqualTo("lo\n127.0.0.1\n");
        blocked.destroy().block(Boxes.LONG);
    }

    @Test
    void whatCannotBeStartedIsTold() {
        assertThatThrownBy(() -> Boxes.later(
                                machine, new ProcessSpec(List.of("/bin/sh"), Optional.of("/nope"), Map.of(), true))
                        .block(Boxes.LONG))
                .isInstanceOf(SpawnException.class)
                .hasMessage("no such file or directory");
        assertThatThrownBy(() -> substrate
                        .create(new MachineSpec("x-1", "d", Map.of(), "nobody-such", false, 1, 1, 1))
                        .block(Boxes.LONG))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("nobody-such");
    }

    @Test
    void aProcessLeadsAGroupThatASignalReachesWhole() {
        MachineProcess process = Boxes.spawn(machine, "sleep 1000 & trap 'echo got; exit 9' TERM; echo on; wait");
        assertThat(process.stdout().next().block(Boxes.LONG)).isNotNull();
        process.signal(15).block(Boxes.LONG);
        assertThat(process.exit().block(Boxes.LONG)).isEqualTo(9);
        assertThat(out("test \"$(ps -o pgid= -p $$ | tr -d ' ')\" = $$ && echo leads"))
                .isEqualTo("leads\n");
    }

    @Test
    void aStoppedMachineKeepsItsFilesAndNoProcess() {
        Machine box = create(Boxes.spec("stopped-1"));
        MachineProcess sleeper =
                Boxes.spawn(box, "echo kept >file; sudo -n touch /usr/bin/kept; echo on; exec sleep 1000");
        assertThat(sleeper.stdout().next().block(Boxes.LONG)).isNotNull();
        box.stop().block(Boxes.LONG);
        assertThat(sleeper.exit().block(Boxes.LONG)).isEqualTo(137);
        assertThatThrownBy(() -> Boxes.sh(box, "true")).isInstanceOf(SpawnException.class);
        box.start().block(Boxes.LONG);
        assertThat(out(box, "cat file; ls /usr/bin/kept; ps ax | grep -c '[s]leep 1000'; true"))
                .isEqualTo("kept\n/usr/bin/kept\n0\n");
        box.destroy().block(Boxes.LONG);
        box.destroy().block(Boxes.LONG);
    }

    @Test
    void aKilledMachineIsTold() throws IOException {
        Machine box = create(Boxes.spec("killed-1"));
        Mono<Boolean> died = box.died().thenReturn(true);
        assertThat(died.timeout(Duration.ofMillis(200), Mono.just(false)).block(Boxes.LONG))
                .isFalse();
        ProcessHandle.current()
                .descendants()
                .filter(child -> child.info().commandLine().orElse("").contains("while :; do sleep 2000000000"))
                .filter(child -> hostname(child).equals("killed-1"))
                .forEach(ProcessHandle::destroyForcibly);
        assertThat(died.block(Boxes.LONG)).isTrue();
        box.destroy().block(Boxes.LONG);
    }

    private static String hostname(ProcessHandle process) {
        try {
            return new String(
                            new ProcessBuilder("nsenter", "-t", Long.toString(process.pid()), "-u", "hostname")
                                    .start()
                                    .getInputStream()
                                    .readAllBytes(),
                            java.nio.charset.StandardCharsets.UTF_8)
                    .strip();
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void orphansAreReapedAndMemoryIsLimited() {
        assertThat(out("for i in 1 2 3 4 5; do (sleep 0 &) ; done; sleep 0.3; ps -eo stat | grep -c Z; true"))
                .isEqualTo("0\n");
        assumeTrue(substrate.isolation().contains("memory and process limits"), "no cgroups here");
        assertThat(Boxes.sh(machine, "head -c 1500000000 /dev/zero | tail >/dev/null")
                        .code())
                .isNotZero();
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

    @Test
    void anIdIsUsedOnce() {
        assertThatThrownBy(() -> substrate.create(Boxes.spec("shared-1")).block(Boxes.LONG))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("already");
        assertThat(out("echo alive")).isEqualTo("alive\n");
    }

    @Test
    void aCancelledCreateLeavesNothing() {
        for (int i = 0; i < 10; i++) {
            int delay = 7 * i;
            substrate
                    .create(Boxes.spec("cancelled-" + i))
                    .timeout(Duration.ofMillis(delay), Mono.empty())
                    .block(Boxes.LONG);
        }
        // What was not cancelled in time is destroyed here; closeLater in the end shows that the rest is gone as well.
        Flux.range(0, 10)
                .flatMap(i -> substrate.create(Boxes.spec("after-" + i)).flatMap(Machine::destroy), 4, 1)
                .blockLast(Boxes.LONG);
    }

    @Test
    void aHundredLivesSixteenAtOnce() {
        List<String> outputs = Flux.range(0, 100)
                .flatMap(
                        i -> substrate
                                .create(Boxes.spec("life-" + i))
                                .flatMap(box -> Boxes.later(
                                                box,
                                                new ProcessSpec(
                                                        List.of("/bin/sh", "-c", "hostname; echo e >&2"),
                                                        Optional.empty(),
                                                        Map.of(),
                                                        false))
                                        .flatMap(result ->
                                                box.destroy().thenReturn(result.out() + result.err() + result.code()))),
                        16,
                        1)
                .collectList()
                .block(Duration.ofSeconds(180));
        assertThat(outputs).hasSize(100).doesNotHaveDuplicates().allMatch(out -> out.matches("life-[0-9]+\ne\n0"));
    }
}
