/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.ProcessSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The shell that stands by for a sandbox's next command. */
@Timeout(240)
class AnteroomTest extends WithSandbox {

    @Test
    void oneStandsByWhileTheSandboxRunsAndNoneAfterwards() {
        Machine box = create(Boxes.spec("by-1"));
        awaitStandby("by-1");
        long standing = standbys("by-1").get(0).pid();
        assertThat(out(box, "echo here")).isEqualTo("here\n");
        assertThat(standbys("by-1")).as("it was used").noneMatch(shell -> shell.pid() == standing);
        awaitStandby("by-1");
        box.stop().block(Boxes.LONG);
        assertThat(standbys("by-1")).as("of a stopped sandbox").isEmpty();
        box.start().block(Boxes.LONG);
        assertThat(out(box, "echo again")).isEqualTo("again\n");
        box.destroy().block(Boxes.LONG);
        assertThat(standbys("by-1")).as("of a destroyed sandbox").isEmpty();
    }

    @Test
    void aCommandStillRunsOnceWhenTheShellThatStandsByIsGone() {
        Machine box = create(Boxes.spec("by-2"));
        for (int i = 1; i <= 3; i++) {
            awaitStandby("by-2");
            standbys("by-2").forEach(ProcessHandle::destroyForcibly);
            assertThat(out(box, "echo once >>ran; wc -l <ran")).isEqualTo(i + "\n");
        }
        box.destroy().block(Boxes.LONG);
    }

    @Test
    void nothingOfItIsSeenInTheSandbox() {
        Machine box = create(Boxes.spec("by-3"));
        awaitStandby("by-3");
        assertThat(out(
                        box,
                        "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done | grep -c '[s]f_words'; true"))
                .isEqualTo("0\n");
        box.destroy().block(Boxes.LONG);
    }

    @Test
    void commandsWithOtherVariablesAndOtherBytesDoNotNeedIt() {
        Machine box = create(Boxes.spec("by-4"));
        awaitStandby("by-4");
        ProcessSpec own =
                new ProcessSpec(List.of("/bin/sh", "-c", "echo $OWN"), Optional.empty(), Map.of("OWN", "1"), false);
        assertThat(String.valueOf(Boxes.later(box, own).map(Boxes.Result::out).block(Boxes.LONG)))
                .isEqualTo("1\n");
        ProcessSpec merged = new ProcessSpec(
                List.of("/bin/sh", "-c", "echo a; echo b >&2; echo c"), Optional.empty(), Map.of(), true);
        assertThat(String.valueOf(
                        Boxes.later(box, merged).map(Boxes.Result::out).block(Boxes.LONG)))
                .isEqualTo("a\nb\nc\n");
        assertThat(Boxes.run(box, List.of("/usr/bin/printf", "%s", "\001\177")).out())
                .isEqualTo("\001\177");
        box.destroy().block(Boxes.LONG);
    }

    /** It takes its time to join; the time limit of this class bounds the wait. */
    private static void awaitStandby(String id) {
        while (standbys(id).isEmpty()) {
            Thread.onSpinWait();
        }
    }

    /** The kernel shows no more than 4 KiB of a command line through {@link ProcessHandle}. */
    private static List<ProcessHandle> standbys(String id) {
        return ProcessHandle.current()
                .children()
                .filter(child -> commandLine(child).contains("sf_words"))
                .filter(child -> commandLine(child).contains("-" + id + "/cgroup.procs\0"))
                .toList();
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
