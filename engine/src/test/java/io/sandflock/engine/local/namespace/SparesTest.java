/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** The sandbox that is kept ready. The time limit of this class bounds all waits. */
@Timeout(240)
class SparesTest {

    @TempDir
    Path state;

    private HostLook before = new HostLook(Set.of(), 0, 0);
    private NamespaceSubstrate substrate = Boxes.substrate(Path.of("/nowhere"));

    @BeforeEach
    void open() throws IOException {
        Needs.that("root".equals(System.getProperty("user.name")), "needs root");
        before = HostLook.at(List.of("sandflock-holder"));
        open(Duration.ofHours(1));
    }

    private void open(Duration kept) {
        substrate = NamespaceSubstrate.create(Boxes.options(state).withKeptReady(kept));
        substrate.open().block(Boxes.LONG);
    }

    /** Whatever a test did: nothing outlives its substrate. */
    @AfterEach
    void nothingIsLeft() throws IOException {
        List<String> instances = HostLook.instances(state);
        substrate.closeLater().block(Boxes.LONG);
        if (!instances.isEmpty()) {
            assertThat(HostLook.at(instances).leftSince(before)).isEmpty();
        }
        try (Stream<Path> left = Files.list(state)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void noneIsMadeBeforeASandboxHasRunACommand() throws IOException {
        Machine box = create(Boxes.spec("first-1"));
        box.destroy().block(Boxes.LONG);
        create(Boxes.spec("first-2"));
        assertThat(folders()).containsExactly("m-first-2");
    }

    @Test
    void theNextOfItsKindIsTheOneThatWasKeptAndAnotherTakesItsPlace() throws IOException {
        String kept = keep("kept-1", Boxes.spec("kept-1"));
        Machine box = create(Boxes.spec("kept-2"));
        assertThat(folders()).containsExactlyInAnyOrder("m-kept-1", kept);
        assertThat(out(box, "hostname; echo $DAYTONA_SANDBOX_ID; id -un; pwd; ls -A"))
                .isEqualTo("kept-2\nkept-2\ndaytona\n/home/daytona\n");
        String next = awaitSpare();
        assertThat(next).isNotEqualTo(kept);
        box.destroy().block(Boxes.LONG);
        assertThat(folders()).containsExactlyInAnyOrder("m-kept-1", next);
    }

    @Test
    void itIsAsOneThatWasMadeForItsSpec() throws IOException {
        MachineSpec spec = new MachineSpec("same-1", "one", Map.of("A", "b c"), "root", true, 1, 0.5, 1);
        String look =
                "hostname; id; pwd; umask; env -u DAYTONA_SANDBOX_ID -u SHLVL -u _ | sort; ulimit -a; cut -d' ' -f2,3 /proc/mounts;"
                        + " ls -l /proc/self/ns | wc -l; ip -o link 2>/dev/null | wc -l; cat /proc/1/cmdline | tr '\\0' ' ' | cut -c1-9;"
                        + " ls -A / /tmp /var /root; grep -E 'Cap|Groups|NoNew|Seccomp|Sig' /proc/self/status; ps ax | wc -l";
        Machine made = create(spec);
        String fresh = out(made, look);
        List<String> limits = limits("same-1");
        String kept = awaitSpare();
        Machine taken = create(spec.withId("same-2"));
        assertThat(out(taken, look)).isEqualTo(fresh.replace("same-1", "same-2"));
        assertThat(out(taken, "echo $DAYTONA_SANDBOX_ID")).isEqualTo("same-2\n");
        assertThat(limits(kept.substring(2))).isEqualTo(limits);
    }

    @Test
    void oneOfAnotherKindIsNotServedAndReplacesIt() throws IOException {
        MachineSpec spec = Boxes.spec("other-1");
        String kept = keep("other-1", spec);
        List<MachineSpec> others = List.of(
                new MachineSpec("other-2", "another", Map.of(), "daytona", false, 1, 1, 1),
                new MachineSpec("other-3", "default", Map.of("A", "1"), "daytona", false, 1, 1, 1),
                new MachineSpec("other-4", "default", Map.of(), "root", false, 1, 1, 1),
                new MachineSpec("other-5", "default", Map.of(), "daytona", true, 1, 1, 1),
                new MachineSpec("other-6", "default", Map.of(), "daytona", false, 2, 1, 1),
                new MachineSpec("other-7", "default", Map.of(), "daytona", false, 1, 2, 1),
                new MachineSpec("other-8", "default", Map.of(), "daytona", false, 1, 1, 2));
        Set<String> expected = new HashSet<>(List.of("m-other-1", kept));
        for (MachineSpec other : others) {
            create(other);
            expected.add("m-" + other.id());
            assertThat(folders()).isEqualTo(expected);
        }
        Machine root = create(new MachineSpec("other-9", "default", Map.of(), "root", false, 1, 1, 1));
        assertThat(out(root, "id -un")).isEqualTo("root\n");
        while (folders().contains(kept)) {
            Thread.onSpinWait();
        }
        assertThat(out(create(new MachineSpec("other-10", "default", Map.of(), "root", false, 1, 1, 1)), "id -un"))
                .isEqualTo("root\n");
        assertThat(folders()).doesNotContain("m-other-10");
    }

    @Test
    void nothingIsCarriedFromOneToTheNext() throws IOException {
        keep("carried-1", Boxes.spec("carried-1"));
        for (int i = 2; i <= 5; i++) {
            Machine box = create(Boxes.spec("carried-" + i));
            assertThat(folders()).as("it was taken").doesNotContain("m-carried-" + i);
            assertThat(
                            out(
                                    box,
                                    "ls -A ~ /tmp /var/tmp /dev/shm /run; ls /usr/bin/left /etc/left 2>/dev/null; ps ax | grep -c '[s]leep 4[.]321'; true"))
                    .isEqualTo("/dev/shm:\n\n/home/daytona:\n\n/run:\n\n/tmp:\n\n/var/tmp:\n0\n");
            out(
                    box,
                    "for d in ~ /tmp /var/tmp /dev/shm; do echo left >$d/left; done; sudo -n sh -c 'echo left >/usr/bin/left; echo left >/etc/left';"
                            + " sleep 4.321 >/dev/null 2>&1 &");
            awaitSpare();
            if (i % 2 == 0) {
                box.destroy().block(Boxes.LONG);
            }
        }
    }

    @Test
    void itHasTheLifeOfAnyOther() throws IOException {
        keep("life-1", Boxes.spec("life-1"));
        Machine box = create(Boxes.spec("life-2"));
        assertThat(folders()).doesNotContain("m-life-2");
        out(box, "echo kept >file");
        box.stop().block(Boxes.LONG);
        box.start().block(Boxes.LONG);
        assertThat(out(box, "cat file; hostname")).isEqualTo("kept\nlife-2\n");
        box.destroy().block(Boxes.LONG);
    }

    @Test
    void aFirstCommandSeesNobodyWhetherOrNotAShellStoodByForIt() throws IOException {
        String look = "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done | grep -c '[s]f_words'";
        keep("seen-1", Boxes.spec("seen-1"));
        Machine box = create(Boxes.spec("seen-2"));
        assertThat(folders()).doesNotContain("m-seen-2");
        assertThat(Boxes.sh(box, look).out()).isEqualTo("0\n");
        awaitSpare();
        Machine other = create(Boxes.spec("seen-3"));
        assertThat(folders()).doesNotContain("m-seen-3");
        assertThat(Boxes.sh(other, ": '\001'; " + look).out()).isEqualTo("0\n");
    }

    @Test
    void oneThatDiedMeanwhileIsNotServed() throws IOException {
        String kept = keep("dead-1", Boxes.spec("dead-1"));
        ProcessHandle.current()
                .descendants()
                .filter(process -> read(process, "cmdline").contains("while :; do sleep 2000000000"))
                .filter(process -> read(process, "cgroup").contains(kept.substring(2) + "\n"))
                .filter(process -> !read(process, "cmdline").contains(".fstab"))
                .forEach(SparesTest::kill);
        assertThat(out(create(Boxes.spec("dead-2")), "hostname")).isEqualTo("dead-2\n");
        while (folders().contains(kept)) {
            Thread.onSpinWait();
        }
    }

    /** Ends it, and returns when it is dead: until then it could still be taken. */
    private static void kill(ProcessHandle process) {
        process.destroyForcibly();
        for (String stat = read(process, "stat");
                !stat.isEmpty() && !stat.contains(") Z ");
                stat = read(process, "stat")) {
            Thread.onSpinWait();
        }
    }

    @Test
    void nobodySharesIt() throws IOException {
        keep("shared-1", Boxes.spec("shared-1"));
        Set<String> names = ConcurrentHashMap.newKeySet();
        Flux.range(2, 40)
                .flatMap(
                        i -> substrate
                                .create(Boxes.spec("shared-" + i))
                                .flatMap(box -> Boxes.later(box, Boxes.shell("hostname; echo x >>file; cat file"))
                                        .doOnNext(result -> names.add(result.out()))
                                        .flatMap(result -> i % 3 == 0 ? box.destroy() : box.stop())),
                        8,
                        1)
                .blockLast(Boxes.LONG);
        assertThat(names).hasSize(40).allMatch(name -> name.matches("shared-[0-9]+\nx\n"));
    }

    @Test
    void oneThatNobodyTookGoesAfterItsTime() throws IOException {
        substrate.closeLater().block(Boxes.LONG);
        open(Duration.ofMillis(300));
        keep("idle-1", Boxes.spec("idle-1"));
        while (!spares().isEmpty()) {
            Thread.onSpinWait();
        }
        assertThat(HostLook.at(List.of(HostLook.instances(state).get(0) + "-ready"))
                        .leftSince(before))
                .as("of its processes and cgroups")
                .isEmpty();
        assertThat(out(create(Boxes.spec("idle-2")), "hostname")).isEqualTo("idle-2\n");
    }

    @Test
    void noneIsKeptWhenNoneIsAskedFor() throws IOException {
        substrate.closeLater().block(Boxes.LONG);
        open(Duration.ZERO);
        for (int i = 1; i <= 3; i++) {
            out(create(Boxes.spec("none-" + i)), "true");
        }
        assertThat(folders()).containsExactlyInAnyOrder("m-none-1", "m-none-2", "m-none-3");
    }

    private Machine create(MachineSpec spec) {
        Machine made = substrate.create(spec).block(Boxes.LONG);
        assertThat(made).isNotNull();
        return made;
    }

    private static String out(Machine in, String script) {
        Boxes.Result result = Boxes.sh(in, script);
        assertThat(result.err()).isEmpty();
        return result.out();
    }

    /** Makes a sandbox, and returns the folder of the one that is kept ready then. */
    private String keep(String id, MachineSpec spec) throws IOException {
        assertThat(out(create(spec), "hostname")).isEqualTo(id + "\n");
        return awaitSpare();
    }

    /** Once it is up, or its folder would be there as well. */
    private String awaitSpare() throws IOException {
        while (true) {
            for (String spare : spares()) {
                if (within(spare)) {
                    return spare;
                }
            }
            Thread.onSpinWait();
        }
    }

    /** The shell that stands by in it is the last of what is made. */
    private boolean within(String spare) throws IOException {
        String group = HostLook.instances(state).get(0) + "-" + spare.substring(2) + "\n";
        return ProcessHandle.current()
                .children()
                .anyMatch(child -> read(child, "cmdline").matches("(?s)[^\0]*nsenter\0.*sf_hear.*")
                        && read(child, "cgroup").contains(group));
    }

    private Set<String> folders() throws IOException {
        Path instance = state.resolve(HostLook.instances(state).get(0));
        try (Stream<Path> all = Files.list(instance)) {
            return new HashSet<>(all.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith("m-") && !name.contains(".fstab"))
                    .toList());
        }
    }

    private Set<String> spares() throws IOException {
        Set<String> folders = folders();
        folders.removeIf(name -> !name.startsWith("m-ready."));
        return folders;
    }

    private static String read(ProcessHandle process, String file) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/" + file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /** What the cgroups of a sandbox allow. */
    private List<String> limits(String name) throws IOException {
        return HostLook.limits(HostLook.instances(state).get(0) + "-" + name);
    }
}
