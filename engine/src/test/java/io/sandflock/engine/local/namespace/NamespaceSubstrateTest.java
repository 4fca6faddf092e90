/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Real sandboxes, as root; what an ordinary user has is in {@link ChildJvmTest}. */
@Timeout(240)
class NamespaceSubstrateTest extends WithSandbox {

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
    void anIdIsUsedOnce() {
        assertThatThrownBy(() -> substrate.create(Boxes.spec("shared-1")).block(Boxes.LONG))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("already");
        assertThat(out("echo alive")).isEqualTo("alive\n");
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

    @Test
    void aCancelledCreateLeavesNothing() throws IOException {
        List<String> steps = List.of("", ".fstab", ".fstab.log");
        Path instance = state.resolve(HostLook.instances(state).get(0));
        // A cancel that comes too late finds the sandbox handed over, maybe a moment after it: it is destroyed by
        // whoever got it.
        Queue<Machine> late = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < 9; i++) {
            String id = "cancelled-" + i;
            Disposable create =
                    substrate.create(Boxes.spec(id)).doOnNext(late::add).subscribe();
            // Cancelled as soon as a step of the creation shows on the disk: the last is taken before the sandbox is
            // up.
            while (i > 2 && !Files.exists(instance.resolve("m-" + id + steps.get(i % 3)))) {
                Thread.onSpinWait();
            }
            create.dispose();
        }
        int handedOver = 0;
        // A destruction goes on after the cancel; it ends, or the time limit of this class does.
        while (left(instance, "m-cancelled-") > 0
                || HostLook.at(List.of("m-cancelled-")).processes() > 0) {
            for (Machine machine = late.poll(); machine != null; machine = late.poll()) {
                handedOver++;
                machine.destroy().block(Boxes.LONG);
            }
        }
        assertThat(handedOver).as("of 9, three of which were cancelled at once").isLessThanOrEqualTo(6);
        for (int i = 0; i < 9; i++) {
            create(Boxes.spec("cancelled-" + i)).destroy().block(Boxes.LONG);
        }
    }

    private static long left(Path instance, String prefix) throws IOException {
        try (Stream<Path> all = Files.list(instance)) {
            return all.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .count();
        }
    }
}
