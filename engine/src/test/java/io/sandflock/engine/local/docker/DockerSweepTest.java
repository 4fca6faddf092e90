/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.local.ImageSpec;
import io.sandflock.engine.local.Machine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** What a JVM leaves in the engine that was killed. */
@Tag("docker")
@Timeout(240)
@ExtendWith(DockerEngine.class)
class DockerSweepTest {

    @Test
    void whatAKilledJvmLeftIsSweptByTheNextAndWhatOthersHoldIsNot(@TempDir Path state)
            throws IOException, InterruptedException {
        DockerSubstrate living = DockerEngine.substrate(getClass(), DockerEngine.options(state));
        living.open().block(DockerEngine.LONG);
        Machine machine = Boxes.create(living, Boxes.spec("living-1"));
        Process child = start(state);
        String dead = said(child, "holding ");
        assertThat(DockerEngine.things(dead))
                .hasSize(4)
                .anyMatch(thing -> thing.startsWith("container") && thing.contains("held-1"))
                .anyMatch(thing -> thing.startsWith("network"))
                .anyMatch(thing -> thing.startsWith("image"));

        child.destroyForcibly().waitFor();

        Set<String> others = DockerEngine.things(living.instance());
        DockerSubstrate next = DockerEngine.substrate(getClass(), DockerEngine.options(state));
        next.open().block(DockerEngine.LONG);
        assertThat(DockerEngine.things(dead)).isEmpty();
        assertThat(DockerEngine.things(living.instance())).isEqualTo(others);
        assertThat(Boxes.out(machine, "echo alive")).isEqualTo("alive\n");
        next.closeLater().block(DockerEngine.LONG);
        living.closeLater().block(DockerEngine.LONG);
    }

    private static Process start(Path state) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        state.toString())
                .redirectErrorStream(true)
                .start();
    }

    private static String said(Process child, String word) throws IOException {
        BufferedReader lines = child.inputReader(StandardCharsets.UTF_8);
        StringBuilder all = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(word)) {
                return line.substring(word.length());
            }
            all.append(line).append('\n');
        }
        throw new AssertionError("the child ended: " + all);
    }

    /** Holds two sandboxes and an image until it is killed. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] args) throws InterruptedException {
            DockerSubstrate substrate = DockerSubstrate.create(DockerEngine.options(Path.of(args[0])));
            substrate.open().block(DockerEngine.LONG);
            substrate
                    .build(
                            ImageSpec.pulled("held", DockerEngine.BUSYBOX),
                            hash -> Mono.empty())
                    .blockLast(DockerEngine.LONG);
            Boxes.create(substrate, Boxes.of("held-1", "held"));
            Boxes.create(substrate, Boxes.spec("held-2"));
            System.out.println("holding " + substrate.instance());
            Thread.sleep(600_000);
        }
    }
}
