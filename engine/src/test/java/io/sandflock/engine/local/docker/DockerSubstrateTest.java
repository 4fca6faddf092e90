/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.PermanentException;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.SpawnException;
import io.sandflock.engine.local.docker.Boxes.Result;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Real containers on a real engine. */
@Tag("docker")
@Timeout(240)
@ExtendWith(DockerEngine.class)
class DockerSubstrateTest {

    @TempDir
    static Path state;

    static DockerSubstrate substrate;
    static Machine machine;

    @BeforeAll
    static void open() {
        substrate = DockerEngine.substrate(DockerSubstrateTest.class, DockerEngine.options(state));
        substrate.open().block(DockerEngine.LONG);
        machine = Boxes.create(substrate, Boxes.spec("shared-1"));
    }

    @AfterAll
    static void close() {
        substrate.closeLater().block(DockerEngine.LONG);
        assertThat(state).isDirectoryRecursivelyContaining("glob:**").as("the folder of instances");
        assertThat(state).isDirectoryNotContaining("glob:**.lock");
    }

    @Test
    void commandsRunAsTheImagesUserInItsDirectory() {
        assertThat(machine.shell()).isEqualTo("/usr/bin/bash");
        assertThat(machine.homeDir()).isEqualTo("/home/daytona");
        assertThat(machine.workDir()).isEqualTo("/home/daytona");
        assertThat(Boxes.out(machine, "id -un; pwd; umask; hostname; echo $SPOKEN $DAYTONA_SANDBOX_ID"))
                .isEqualTo("daytona\n/home/daytona\n0022\nshared-1\na b shared-1\n");
    }

    @Test
    void whatCannotBeStartedIsTold() {
        assertThatThrownBy(
                        () -> machine.spawn(new ProcessSpec(List.of("/bin/sh"), Optional.of("/nope"), Map.of(), true))
                                .block(DockerEngine.LONG))
                .isInstanceOf(SpawnException.class)
                .hasMessage("no such file or directory");
        assertThatThrownBy(() -> machine.spawn(new ProcessSpec(List.of("/bin/nope"), Optional.empty(), Map.of(), true))
                        .block(DockerEngine.LONG))
                .isInstanceOf(SpawnException.class)
                .hasMessage("no such file or directory");
        assertThatThrownBy(() -> machine.spawn(
                                new ProcessSpec(List.of("/bin/sh"), Optional.empty(), Map.of("a b", "x"), true))
                        .block(DockerEngine.LONG))
                .isInstanceOf(SpawnException.class)
                .hasMessage("invalid environment variable name: 'a b'");
    }

    @Test
    void theStreamsAreApartAndTheExitCodeIsTheCommands() {
        assertThat(Boxes.sh(machine, "printf out; printf err >&2; exit 7")).isEqualTo(new Result(7, "out", "err"));
        assertThat(Boxes.sh(machine, "kill -9 $$")).isEqualTo(new Result(137, "", ""));
    }

    @Test
    void mergedStreamsKeepTheirOrder() {
        MachineProcess process = machine.spawn(new ProcessSpec(
                        List.of("/bin/sh", "-c", "for i in 1 2 3; do echo o$i; echo e$i >&2; done"),
                        Optional.empty(),
                        Map.of(),
                        true))
                .block(DockerEngine.LONG);
        assertThat(Boxes.finished(process).block(DockerEngine.LONG))
                .isEqualTo(new Result(0, "o1\ne1\no2\ne2\no3\ne3\n", ""));
    }

    @Test
    void standardInputIsReadToItsEnd() {
        String sent = "x".repeat(300_000);
        MachineProcess process = Boxes.spawn(machine, "wc -c; cat >&2");
        Result result = process.write(Flux.just(ByteBuffer.wrap(sent.getBytes(StandardCharsets.US_ASCII))))
                .then(Boxes.finished(process))
                .block(DockerEngine.LONG);
        assertThat(result).isEqualTo(new Result(0, "300000\n", ""));
    }

    @Test
    void aProcessLeadsAGroupThatASignalReachesWhole() {
        MachineProcess process = Boxes.spawn(machine, "sleep 1000 & trap 'echo got; exit 9' TERM; echo on; wait");
        List<String> lines = new CopyOnWriteArrayList<>();
        process.stdout()
                .map(part -> StandardCharsets.UTF_8.decode(part).toString())
                .doOnNext(lines::add)
                .concatMap(text -> text.contains("on\n") ? process.signal(15) : Mono.empty(), 1)
                .then()
                .block(DockerEngine.LONG);
        assertThat(String.join("", lines)).isEqualTo("on\ngot\n");
        assertThat(process.exit().block(DockerEngine.LONG)).isEqualTo(9);
    }

    @Test
    void aSignalReachesWhatBecameRoot() {
        MachineProcess process = Boxes.spawn(machine, "echo on; exec sudo -n sleep 1000");
        assertThat(process.stdout()
                        .concatMap(text -> process.signal(9), 1)
                        .then(process.exit())
                        .block(DockerEngine.LONG))
                .isEqualTo(137);
    }

    @Test
    void outputLastsUntilEverybodyClosedIt() {
        // Longer than the engine itself waits after the first process's end.
        assertThat(Boxes.sh(machine, "(sleep 4; echo late) & echo early"))
                .isEqualTo(new Result(0, "early\nlate\n", ""));
    }

    /**
     * About as much as the engine holds between a process and an unread connection (1.3 MiB): with more than it holds left when a
     * process's first one ended, it threw the rest away and saw no other process of the container end.
     */
    @ParameterizedTest
    @ValueSource(ints = {1_500_000, 1_550_000, 1_600_000, 1_650_000, 1_700_000, 1_800_000})
    void outputThatIsTakenLateIsWholeAndKeepsNobodyElse(int bytes) {
        MachineProcess late = Boxes.spawn(machine, "head -c " + bytes + " /dev/zero");
        assertThat(Boxes.sh(machine, "sleep 3; echo other")).isEqualTo(new Result(0, "other\n", ""));
        assertThat(late.stdout()
                        .map(ByteBuffer::remaining)
                        .reduce(0, Integer::sum)
                        .block(DockerEngine.LONG))
                .isEqualTo(bytes);
        assertThat(late.exit().block(DockerEngine.LONG)).isZero();
    }

    @Test
    void outputThatNobodyTakesStopsItsProcessAndOutputThatIsCancelledDoesNot() {
        MachineProcess process = Boxes.spawn(machine, "head -c 30000000 /dev/zero; echo done >&2");
        assertThat(process.stdout().take(1).count().block(DockerEngine.LONG)).isEqualTo(1);
        assertThat(Boxes.text(process.stderr()).block(DockerEngine.LONG)).isEqualTo("done\n");
        assertThat(process.exit().block(DockerEngine.LONG)).isZero();
        MachineProcess other = Boxes.spawn(machine, "head -c 30000000 /dev/zero; echo done >&2");
        long read = other.stdout()
                .map(ByteBuffer::remaining)
                .limitRate(1)
                .reduce(0L, Long::sum)
                .block(DockerEngine.LONG);
        assertThat(read).isEqualTo(30_000_000);
        assertThat(Boxes.text(other.stderr()).block(DockerEngine.LONG)).isEqualTo("done\n");
    }

    @Test
    void aCancelledSpawnLeavesNoProcess() {
        int cancelled = 0;
        for (int i = 0; i < 4; i++) {
            AtomicReference<MachineProcess> spawned = new AtomicReference<>();
            Disposable spawn = machine.spawn(new ProcessSpec(
                            List.of("/bin/sh", "-c", "exec sleep 31313"), Optional.empty(), Map.of(), false))
                    .subscribe(spawned::set);
            Mono.delay(Duration.ofMillis(i * 25L)).block(DockerEngine.LONG);
            spawn.dispose();
            // Too late to be cancelled on a quick machine: whoever has the process ends it.
            MachineProcess process = spawned.get();
            if (process == null) {
                cancelled++;
            } else {
                process.signal(9).block(DockerEngine.LONG);
            }
        }
        assertThat(cancelled).as("of 4 spawns, the first at once").isPositive();
        String looks =
                "while cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q 'sleep 3131[3]'; do sleep .1; done";
        assertThat(Boxes.sh(machine, looks).code()).isBetween(0, 1);
    }

    @Test
    void aBlockedNetworkHasLoopbackAloneAndAnotherOneReachesTheEnginesHost() {
        MachineSpec blocked = new MachineSpec("blocked-1", "daytona-small", Map.of(), "daytona", true, 1, 1, 1);
        Machine box = Boxes.create(substrate, blocked);
        String interfaces = "ls /sys/class/net";
        assertThat(Boxes.out(box, interfaces)).isEqualTo("lo\n");
        String connect = "python3 -c 'import socket,sys; s=socket.socket(); s.settimeout(2);"
                + " print(s.connect_ex((sys.argv[1], 9)))' " + gateway();
        // Refused by whoever is there, against nobody there.
        assertThat(Boxes.out(machine, connect)).isEqualTo("111\n");
        assertThat(Boxes.out(box, connect)).isEqualTo("101\n");
        assertThat(Boxes.out(machine, interfaces)).contains("eth0");
        box.destroy().block(DockerEngine.LONG);
    }

    private static String gateway() {
        EngineClient engine = DockerEngine.client();
        try {
            return DockerEngine.answer(engine, "/networks/sandflock-" + substrate.instance())
                    .at("/IPAM/Config/0/Gateway")
                    .asText();
        } finally {
            engine.closeLater().block(DockerEngine.LONG);
        }
    }

    @Test
    void sandboxesDoNotReachEachOther() {
        Machine other = Boxes.create(substrate, Boxes.spec("neighbour-1"));
        String address = Boxes.out(other, "hostname -i").strip();
        Boxes.spawn(other, "exec python3 -m http.server 8000").exit();
        String served =
                "python3 -c 'import socket,time\nwhile True:\n try: socket.create_connection((\"127.0.0.1\",8000)); break\n"
                        + " except OSError: time.sleep(.05)'";
        assertThat(Boxes.sh(other, served).code()).isZero();
        assertThat(Boxes.out(
                        machine,
                        "python3 -c 'import socket,sys; s=socket.socket(); s.settimeout(2);"
                                + " print(s.connect_ex((sys.argv[1], 8000)))' " + address))
                .isNotEqualTo("0\n");
        other.destroy().block(DockerEngine.LONG);
    }

    @Test
    void limitsAreTheContainers() {
        assertThat(Boxes.out(
                        machine,
                        "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null;"
                                + " cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null;"
                                + " cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null; cut -d' ' -f1 /sys/fs/cgroup/cpu.max"
                                + " 2>/dev/null; true"))
                .isEqualTo("1073741824\n4096\n100000\n");
        assertThat(Boxes.sh(machine, "python3 -c 'print(len(bytearray(2 << 30)))'")
                        .code())
                .isNotZero();
    }

    @Test
    void aStoppedMachineKeepsItsFilesAndNoProcess() {
        Machine box = Boxes.create(substrate, Boxes.spec("stopped-1"));
        MachineProcess sleeper = Boxes.spawn(box, "echo kept >file; echo on; exec sleep 1000");
        assertThat(sleeper.stdout().next().block(DockerEngine.LONG)).isNotNull();
        box.stop().block(DockerEngine.LONG);
        assertThat(sleeper.exit().block(DockerEngine.LONG)).isEqualTo(137);
        assertThatThrownBy(() -> Boxes.sh(box, "true")).isInstanceOf(SpawnException.class);
        box.start().block(DockerEngine.LONG);
        assertThat(box.died()
                        .thenReturn(true)
                        .timeout(Duration.ofMillis(500), Mono.just(false))
                        .block(DockerEngine.LONG))
                .isFalse();
        assertThat(Boxes.out(box, "cat file; ps ax | grep -c '[s]leep 1000'; true"))
                .isEqualTo("kept\n0\n");
        box.destroy().block(DockerEngine.LONG);
        box.destroy().block(DockerEngine.LONG);
    }

    @Test
    void aKilledContainerIsTold() {
        Machine box = Boxes.create(substrate, Boxes.spec("killed-1"));
        Mono<Boolean> died = box.died().thenReturn(true);
        EngineClient engine = DockerEngine.client();
        engine.call(HttpMethod.POST, "/containers/" + Containers.name("killed-1") + "/kill")
                .block(DockerEngine.LONG);
        engine.closeLater().block(DockerEngine.LONG);
        assertThat(died.block(DockerEngine.LONG)).isTrue();
        box.destroy().block(DockerEngine.LONG);
    }

    @Test
    void anIdIsUsedOnceAndACancelledCreationLeavesNothing() {
        assertThatThrownBy(() -> Boxes.create(substrate, Boxes.spec("shared-1")))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("shared-1");
        for (int i = 0; i < 3; i++) {
            AtomicReference<Machine> made = new AtomicReference<>();
            Disposable creation = substrate.create(Boxes.spec("cancelled-" + i)).subscribe(made::set);
            Mono.delay(Duration.ofMillis(i * 60L)).block(DockerEngine.LONG);
            creation.dispose();
            // Too late to be cancelled on a quick machine; the first, at once, never is.
            Machine late = made.get();
            assertThat(i == 0 && late != null).isFalse();
            if (late != null) {
                late.destroy().block(DockerEngine.LONG);
            }
        }
        Mono.fromCallable(() -> DockerEngine.things(substrate.instance()).stream()
                        .noneMatch(thing -> thing.contains("cancelled-")))
                .subscribeOn(reactor.core.scheduler.Schedulers.boundedElastic())
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(100)))
                .filter(gone -> gone)
                .next()
                .block(DockerEngine.LONG);
    }

    @Test
    void aSandboxIsPrivilegedOnlyWhenItsSnapshotIsNamedSo() {
        assertThat(DockerEngine.options(state).mayHoldDaemon("inspect-dind-2cpu-2gb-0gpu"))
                .isTrue();
        assertThat(DockerEngine.options(state).mayHoldDaemon("daytona-small")).isFalse();
        assertThat(DockerEngine.options(state).withPrivileged(List.of()).mayHoldDaemon("inspect-dind-1"))
                .isFalse();
        assertThat(DockerEngine.options(state).withPrivileged(List.of("mine")).mayHoldDaemon("mine2"))
                .isFalse();
        assertThat(Boxes.out(machine, "grep CapEff /proc/self/status")).isEqualTo("CapEff:\t0000000000000000\n");
        assertThat(substrate.isolation()).contains("inspect-dind-*", "PRIVILEGED");
    }
}
