/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What other JVMs hold: killed ones, and ones of an ordinary user. */
@Timeout(180)
class ChildJvmTest {

    private Path folder = Path.of("/nowhere");

    @BeforeEach
    void makeFolder() throws IOException {
        Needs.that("root".equals(System.getProperty("user.name")), "starts JVMs of other users, which needs root");
        folder = Files.createTempDirectory("sandflock-child-test");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    private void remove() throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor())
                .isZero();
    }

    @Test
    void whatAKilledJvmHeldIsGoneAtOnceAndSweptByTheNext() throws IOException, InterruptedException {
        HostLook before = HostLook.at(List.of("none-such"));
        Path state = folder.resolve("state");
        Process child = ChildJvm.start(folder, false, "hold", state.toString(), "3");
        assertThat(ChildJvm.readUntil(ChildJvm.output(child), "holding")).endsWith("holding\n");
        List<String> dead = HostLook.instances(state);
        assertThat(dead).hasSize(1);
        List<String> looked = List.of("sandflock-holder-" + dead.get(0), "sandflock-" + dead.get(0), "54321");
        assertThat(HostLook.at(looked).processes()).isGreaterThan(6);

        child.destroyForcibly().waitFor();
        while (HostLook.at(looked).processes() > 0) {
            Thread.onSpinWait();
        }
        NamespaceSubstrate next = Boxes.substrate(state);
        next.open().block(Boxes.LONG);
        assertThat(HostLook.instances(state)).hasSize(1).doesNotContainAnyElementsOf(dead);
        assertThat(HostLook.at(looked).leftSince(before)).isEmpty();
        next.closeLater().block(Boxes.LONG);
        try (Stream<Path> left = Files.list(state)) {
            assertThat(left).isEmpty();
        }
        remove();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSandboxThatIsKeptReadyServesAnyUserAndIsSweptAsAllAre(boolean unprivileged)
            throws IOException, InterruptedException {
        HostLook before = HostLook.at(List.of("none-such"));
        Path state = folder.resolve("state");
        Process child = ChildJvm.start(folder, unprivileged, "ready", state.toString());
        assertThat(ChildJvm.readUntil(ChildJvm.output(child), "holding"))
                .endsWith("ready-1\ndaytona\nready-1\nown true\nready-2\ndaytona\nready-2\nown false\nholding\n");
        List<String> dead = HostLook.instances(state);
        assertThat(dead).hasSize(1);
        List<String> looked = List.of("sandflock-holder-" + dead.get(0), "sandflock-" + dead.get(0));

        child.destroyForcibly().waitFor();
        Process next = ChildJvm.start(folder, unprivileged, "run", state.toString(), "id -un");
        assertThat(ChildJvm.readUntil(ChildJvm.output(next), "closed")).contains("daytona\n--\n--\n0\n");
        assertThat(HostLook.at(looked).leftSince(before)).isEmpty();
        try (Stream<Path> left = Files.list(state)) {
            assertThat(left).isEmpty();
        }
        remove();
    }

    @Test
    void aLiveInstanceIsNotSwept() throws IOException, InterruptedException {
        Path state = folder.resolve("state");
        NamespaceSubstrate first = Boxes.substrate(state);
        first.open().block(Boxes.LONG);
        Process child = ChildJvm.start(folder, false, "run", state.toString(), "id -un");
        assertThat(ChildJvm.readUntil(ChildJvm.output(child), "closed")).contains("daytona\n--\n--\n0\n");
        assertThat(HostLook.instances(state)).hasSize(1);
        first.closeLater().block(Boxes.LONG);
        remove();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void commandsDoNotIgnoreTheSignalsThatTheirJvmWasStartedToIgnore(boolean unprivileged)
            throws IOException, InterruptedException {
        String script = "for s in HUP INT QUIT; do sh -c \"kill -$s \\$\\$\" 2>/dev/null; echo $?; done 2>/dev/null";
        Process child = ChildJvm.start(
                folder, unprivileged, "run", folder.resolve("state").toString(), script);
        assertThat(ChildJvm.readUntil(ChildJvm.output(child), "closed")).contains("129\n130\n131\n--\n--\n0\n");
        remove();
    }

    @Test
    void anOrdinaryUserHasSandboxesToo() throws IOException, InterruptedException {
        Path state = folder.resolve("state");
        String script =
                "id -u; id -un; pwd; ls -A /home; touch x /tmp/y && echo written; ls -A /; touch /usr/z 2>/dev/null || echo ro;"
                        + " touch /z 2>/dev/null || echo ro; echo x 2>/dev/null >/etc/z || echo ro; cat /proc/[0-9]*/cmdline | grep -c [j]ava;"
                        + " mount -t tmpfs none /mnt 2>/dev/null || echo no; python3 -c 'print(6*7)'";
        Process child = ChildJvm.start(folder, true, "run", state.toString(), script);
        String said = ChildJvm.readUntil(ChildJvm.output(child), "closed");
        assertThat(said)
                .contains("1000\ndaytona\n/home/daytona\ndaytona\nwritten\n")
                .endsWith("closed\n");
        assertThat(said)
                .contains("ro\nro\nro\n0\nno\n42\n--\n--\n0\n")
                .doesNotContain("work")
                .doesNotContain("do-not-show");
        try (Stream<Path> left = Files.list(state)) {
            assertThat(left).isEmpty();
        }
        remove();
    }

    @Test
    void anOrdinaryUserRunsTheArithmeticExample() throws IOException, InterruptedException {
        Path example = Path.of("../src/examples/arithmetic").toRealPath();
        Process child = ChildJvm.startMain(folder, "run", example.toString());
        String said = ChildJvm.readUntil(ChildJvm.output(child), "no such line");
        assertThat(child.waitFor()).as(said).isZero();
        assertThat(said).contains("substrate namespace", "a single user, no root inside");
        try (Stream<Path> left = Files.list(folder.resolve(".local/state/sandflock/local"))) {
            assertThat(left).isEmpty();
        }
        remove();
    }
}
