/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.MachineSpec;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.SpawnException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
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
        substrate = DockerSubstrate.create(DockerEngine.options(state));
        substrate.open().block(DockerEngine.LONG);
        machine = substrate.create(spec("shared-1")).block(DockerEngine.LONG);
    }

    @AfterAll
    static void close() {
        substrate.closeLater().block(DockerEngine.LONG);
    }

    static MachineSpec spec(String id) {
        return new MachineSpec(id, "daytona-small", Map.of("SPOKEN", "a b"), "daytona", false, 1, 1, 1);
    }

    @Test
    void commandsRunAsTheImagesUserInItsDirectory() {
        assertThat(machine.shell()).isEqualTo("/usr/bin/bash");
        assertThat(machine.homeDir()).isEqualTo("/home/daytona");
        assertThat(machine.workDir()).isEqualTo("/home/daytona");
        assertThat(out("id -un; pwd; umask; hostname; echo $SPOKEN $DAYTONA_SANDBOX_ID"))
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
    }

    @Test
    void theStreamsAreApartAndTheExitCodeIsTheCommands() {
        Result result = sh("printf out; printf err >&2; exit 7");
        assertThat(result).isEqualTo(new Result(7, "out", "err"));
        assertThat(sh("kill -9 $$").code()).isEqualTo(137);
    }

    @Test
    void standardInputIsReadToItsEnd() {
        String sent = "x".repeat(300_000);
        MachineProcess process = spawn("wc -c; cat >&2");
        Result result = process.write(Flux.just(ByteBuffer.wrap(sent.getBytes(StandardCharsets.US_ASCII))))
                .then(finished(process))
                .block(DockerEngine.LONG);
        assertThat(result).isEqualTo(new Result(0, "300000\n", ""));
    }

    @Test
    void aProcessLeadsAGroupThatASignalReachesWhole() {
        MachineProcess process = spawn("sleep 1000 & trap 'echo got; exit 9' TERM; echo on; wait");
        assertThat(process.exit().take(java.time.Duration.ofMillis(1)).blockOptional())
                .isEmpty();
        List<String> lines = new java.util.concurrent.CopyOnWriteArrayList<>();
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
    void outputLastsUntilEverybodyClosedIt() {
        Result result = sh("(sleep 4; echo late) & echo early");
        assertThat(result).isEqualTo(new Result(0, "early\nlate\n", ""));
    }

    private static String out(String script) {
        Result result = sh(script);
        assertThat(result.err()).isEmpty();
        return result.out();
    }

    private static Result sh(String script) {
        MachineProcess process = spawn(script);
        return finished(process).block(DockerEngine.LONG);
    }

    private static MachineProcess spawn(String script) {
        return machine.spawn(new ProcessSpec(List.of("/bin/sh", "-c", script), Optional.empty(), Map.of(), false))
                .block(DockerEngine.LONG);
    }

    private static Mono<Result> finished(MachineProcess process) {
        return process.closeStdin()
                .then(Mono.zip(text(process.stdout()), text(process.stderr()), process.exit()))
                .map(all -> new Result(all.getT3(), all.getT1(), all.getT2()));
    }

    private static Mono<String> text(Flux<ByteBuffer> bytes) {
        return bytes.map(part -> StandardCharsets.ISO_8859_1.decode(part).toString())
                .collect(StringBuilder::new, StringBuilder::append)
                .map(StringBuilder::toString);
    }

    record Result(int code, String out, String err) {}
}
