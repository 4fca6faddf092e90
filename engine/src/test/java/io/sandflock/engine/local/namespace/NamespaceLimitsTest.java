/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.local.Machine;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

/** What sandboxes may use of the host, and what is left of it when they end. */
@Timeout(240)
class NamespaceLimitsTest extends WithSandbox {

    @Test
    void twoHundredLivesLeaveNoThread() {
        Flux.range(0, 200)
                .flatMap(i -> substrate.create(Boxes.spec("thread-" + i)).flatMap(Machine::destroy), 8, 1)
                .blockLast(Duration.ofSeconds(120));
        // The shared sandbox's end is watched by one of ours and one of the JDK's, and that of the shell that stands by
        // for it by another of the JDK's. Idle ones of ours end after ten seconds.
        while (threads("sandflock-namespace-", "") > 1) {
            Thread.onSpinWait();
        }
        assertThat(threads("process reaper", "waitForProcessExit0")).isLessThanOrEqualTo(2);
    }

    private static long threads(String name, String method) {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getKey().getName().startsWith(name))
                .filter(entry -> method.isEmpty()
                        || Stream.of(entry.getValue())
                                .anyMatch(frame -> frame.getMethodName().equals(method)))
                .count();
    }

    @Test
    void theCgroupEndsWhatTakesTooMuchMemory() throws IOException {
        Needs.that(
                substrate.isolation().contains("memory and process limits")
                        && !substrate.isolation().contains("NO memory"),
                "no cgroups here");
        Machine box = create(Boxes.spec("memory-1"));
        long before = HostLook.outOfMemoryKills("memory-1");
        assertThat(before).isZero();
        Boxes.Result result = Boxes.sh(box, "head -c 1500000000 /dev/zero | tail >/dev/null; echo $?");
        assertThat(result.out()).isEqualTo("137\n");
        assertThat(HostLook.outOfMemoryKills("memory-1")).isPositive();
        assertThat(out(box, "head -c 500000000 /dev/zero | tail | wc -c; echo alive"))
                .endsWith("alive\n");
        box.destroy().block(Boxes.LONG);
    }

    @Test
    void theCgroupBoundsTheNumberOfProcesses() {
        Needs.that(!substrate.isolation().contains("NO memory"), "no cgroups here");
        Machine box = create(Boxes.spec("forks-1"));
        String bomb = "i=0; while [ $i -lt 600 ]; do sleep 100 >/dev/null 2>&1 & i=$((i+1)); done";
        assertThat(Boxes.sh(box, bomb).err()).contains("Cannot fork");
        assertThat(out("echo neighbour")).isEqualTo("neighbour\n");
        box.destroy().block(Boxes.LONG);
    }
}
