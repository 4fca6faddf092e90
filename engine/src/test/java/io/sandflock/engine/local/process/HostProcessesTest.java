/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.SpawnException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

@Timeout(60)
class HostProcessesTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Map<String, String> PATH = Map.of("PATH", "/usr/bin:/bin");

    private static final long PIPE = 64 * 1024;

    private final HostProcesses processes = HostProcesses.create("test-pipes", 64);

    private MachineProcess start(String script) {
        return start(PATH, false, "/bin/sh", "-c", script);
    }

    private MachineProcess start(Map<String, String> env, boolean merge, String... argv) {
        MachineProcess process =
                processes.spawn(Launch.onHost(List.of(argv), "/", env, merge)).block(LONG);
        assertThat(process).isNotNull();
        return process;
    }

    private static String text(Flux<ByteBuffer> bytes) {
        return String.valueOf(
                bytes.map(b -> StandardCharsets.ISO_8859_1.decode(b).toString())
                        .collect(StringBuilder::new, StringBuilder::append)
                        .block(LONG));
    }

    @Test
    void bothStreamsComeApartByteForByte() {
        MachineProcess process = start("printf '\\001\\377\\000a'; printf '\\376b' >&2; exit 3");
        assertThat(text(process.stdout())).isEqualTo("\001\377\000a");
        assertThat(text(process.stderr())).isEqualTo("\376b");
        assertThat(process.exit().block(LONG)).isEqualTo(3);
        assertThat(process.exit().block(LONG)).isEqualTo(3);
    }

    @Test
    void mergedStreamsKeepTheirOrder() {
        MachineProcess process = start(PATH, true, "/bin/sh", "-c", "echo a; echo b >&2; echo c; echo d >&2");
        assertThat(text(process.stdout())).isEqualTo("a\nb\nc\nd\n");
        assertThat(text(process.stderr())).isEmpty();
    }

    @Test
    void aChildInTheBackgroundIsReadToItsEndAfterItsParentExited() {
        MachineProcess process = start("(sleep 0.5; echo late; sleep 0.3; echo later) & echo now");
        assertThat(process.exit().block(LONG)).isZero();
        assertThat(text(process.stdout())).isEqualTo("now\nlate\nlater\n");
        assertThat(text(process.stderr())).isEmpty();
    }

    @Test
    void standardInputIsWrittenInOrderAndClosed() {
        MachineProcess process = start("cat");
        Mono<Void> write = process.write(
                        Flux.range(0, 1000).map(i -> ByteBuffer.wrap((i + "\n").getBytes(StandardCharsets.US_ASCII))))
                .then(process.closeStdin());
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            expected.append(i).append('\n');
        }
        assertThat(Mono.zip(
                                write.thenReturn(true),
                                Mono.fromCallable(() -> text(process.stdout())).subscribeOn(processes.blocking()))
                        .block(LONG)
                        .getT2())
                .isEqualTo(expected.toString());
    }

    @Test
    void aProcessThatDoesNotReadEndsTheWriteWithoutAnError() {
        MachineProcess process = start("exec <&-; exit 0");
        byte[] block = new byte[100_000];
        StepVerifier.create(process.write(Flux.range(0, 100).map(i -> ByteBuffer.wrap(block))))
                .expectComplete()
                .verify(LONG);
    }

    @Test
    void backPressureStopsTheWriter() throws IOException {
        MachineProcess process = start("echo $$ >&2; exec head -c 50000000 /dev/zero");
        Path proc = Path.of(
                "/proc",
                process.stderr()
                        .map(StandardCharsets.US_ASCII::decode)
                        .blockFirst(LONG)
                        .toString()
                        .strip());
        StepVerifier.create(process.stdout(), 1)
                .expectNextCount(1)
                // What head waits for can only be room in the pipe: it takes nothing from anybody else.
                .then(() -> awaitFullPipe(proc))
                .thenRequest(Long.MAX_VALUE)
                .thenConsumeWhile(b -> true)
                .expectComplete()
                .verify(LONG);
        assertThat(process.exit().block(LONG)).isZero();
    }

    private static void awaitFullPipe(Path proc) {
        try {
            while (!Files.readString(proc.resolve("stat")).contains("(head) S") || written(proc) < PIPE) {
                Thread.onSpinWait();
            }
            // The pipe, what was read for the one demanded, and the part of a write that found room.
            assertThat(written(proc)).isLessThan(4 * PIPE);
        } catch (IOException e) {
            throw new AssertionError("head ended although nobody read", e);
        }
    }

    private static long written(Path proc) throws IOException {
        return Files.readAllLines(proc.resolve("io")).stream()
                .filter(line -> line.startsWith("wchar: "))
                .mapToLong(line -> Long.parseLong(line.substring("wchar: ".length())))
                .sum();
    }

    @Test
    void aCancelledOutputDoesNotHangTheProcess() {
        MachineProcess process = start("yes | head -c 5000000; exit 7");
        process.stdout().take(1).blockLast(LONG);
        assertThat(process.exit().block(LONG)).isEqualTo(7);
    }

    @Test
    void aSignalReachesTheWholeGroup() {
        MachineProcess process = start("sleep 1000 & sleep 1000");
        process.signal(15).block(LONG);
        assertThat(process.exit().block(LONG)).isEqualTo(143);
        assertThat(text(process.stdout())).isEmpty();
        process.signal(9).block(LONG);
    }

    @Test
    void whatCannotBeStartedIsToldInTheSystemsWords() {
        assertThatThrownBy(() -> processes
                        .spawn(Launch.onHost(List.of("/bin/sh"), "/nope", PATH, false))
                        .block(LONG))
                .isInstanceOf(SpawnException.class)
                .hasMessage("no such file or directory");
        assertThatThrownBy(() -> start(PATH, false, "/bin/nope"))
                .isInstanceOf(SpawnException.class)
                .hasMessage("no such file or directory");
        assertThatThrownBy(() -> start(PATH, true, "/etc/passwd"))
                .isInstanceOf(SpawnException.class)
                .hasMessage("permission denied");
        assertThatThrownBy(() -> start(Map.of("a b", "c"), false, "/bin/sh"))
                .isInstanceOf(SpawnException.class)
                .hasMessageContaining("a b");
    }

    @Test
    void argumentsAndVariablesArriveByteForByteAndNothingElseDoes() {
        String odd = "a'b\"c\n$(x) \\ ü";
        MachineProcess process = start(
                Map.of("ODD", odd, "LD_LIBRARY_PATH", "/x y", "BASH_ENV", "z"),
                false,
                "/bin/sh",
                "-c",
                "printf %s \"$1\"; printf '|'; /usr/bin/sort -z </proc/$$/environ | /usr/bin/tr '\\0' '\\n'",
                "sh",
                odd);
        String out = new String(text(process.stdout()).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        assertThat(out)
                .isEqualTo(odd + "|BASH_ENV=z\nLD_LIBRARY_PATH=/x y\nODD=" + odd.replace("\n", "\n") + "\nPWD=/\n");
    }
}
