/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.engine.local.ImageSpec;
import io.sandflock.engine.local.Machine;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
                .hasSize(6)
                .anyMatch(thing -> thing.startsWith("container") && thing.contains("held-1"))
                .anyMatch(thing -> thing.startsWith("network"))
                .anyMatch(thing -> thing.startsWith("volume"))
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

    @Test
    void theStepsOfABuildThatAKilledJvmBeganAreSweptAndThoseThatOthersUseAreNot(@TempDir Path state)
            throws IOException, InterruptedException {
        Process child = start(state, "build");
        String step = said(child, "made ");
        child.destroyForcibly().waitFor();
        EngineClient engine = DockerEngine.client();
        assertThat(DockerEngine.answer(engine, "/images/" + step + "/json").path("RepoTags"))
                .isEmpty();

        DockerSubstrate next = DockerEngine.substrate(getClass(), DockerEngine.options(state));
        next.open().block(DockerEngine.LONG);
        assertThatThrownBy(() -> DockerEngine.answer(engine, "/images/" + step + "/json"))
                .hasMessageContaining("No such image");
        assertThat(DockerEngine.answer(engine, "/images/" + DockerEngine.BUSYBOX + "/json"))
                .isNotEmpty();
        next.closeLater().block(DockerEngine.LONG);
        engine.closeLater().block(DockerEngine.LONG);
    }

    private static Process start(Path state, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                state.toString()));
        command.addAll(List.of(more));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
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

    /** Holds three sandboxes and an image, or is in the middle of a build, until it is killed. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] args) throws InterruptedException {
            DockerSubstrate substrate = DockerSubstrate.create(DockerEngine.options(Path.of(args[0])));
            substrate.open().block(DockerEngine.LONG);
            if (args.length > 1) {
                build(substrate);
            }
            substrate
                    .build(ImageSpec.pulled("held", DockerEngine.BUSYBOX), hash -> Mono.empty())
                    .blockLast(DockerEngine.LONG);
            Boxes.create(substrate, Boxes.of("held-1", "held"));
            Boxes.create(substrate, Boxes.spec("held-2"));
            Boxes.create(substrate, Boxes.of("held-3", "inspect-dind-held"));
            System.out.println("holding " + substrate.instance());
            Thread.sleep(600_000);
        }

        /** Says the image of the second step when the third one has begun, which takes for ever. */
        private static void build(DockerSubstrate substrate) {
            String[] last = {""};
            substrate
                    .build(
                            ImageSpec.built(
                                    "endless",
                                    "FROM " + DockerEngine.BUSYBOX + "\nRUN echo " + System.nanoTime()
                                            + " >/step\nRUN echo begun; sleep 600\n",
                                    List.of()),
                            hash -> Mono.empty())
                    .doOnNext(text -> {
                        if (text.strip().matches("---> [0-9a-f]{12}")) {
                            last[0] = text.strip().substring(5);
                        } else if (text.contains("begun") && !text.contains("Step")) {
                            System.out.println("made " + last[0]);
                        }
                    })
                    .blockLast(DockerEngine.LONG.multipliedBy(10));
        }
    }
}
