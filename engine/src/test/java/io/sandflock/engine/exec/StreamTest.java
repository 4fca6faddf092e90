/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.CommandTimeoutException;
import io.sandflock.ExecEvent;
import io.sandflock.ExecEvent.Exited;
import io.sandflock.ExecEvent.Stderr;
import io.sandflock.ExecEvent.Stdout;
import io.sandflock.ExecRequest;
import io.sandflock.engine.exec.ShellToolbox.Fault;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class StreamTest {

    @Test
    void eachLineComesAsItIsPrinted() {
        Bench bench = new Bench().fifo("go1").fifo("go2").fifo("go3");
        Flux<ExecEvent> events =
                bench.environment.execStream(ExecRequest.shell("for i in 1 2 3; do read x < go$i; echo $i; done"));
        StepVerifier.create(events)
                .then(() -> tell(bench, "go1"))
                .assertNext(event -> assertThat(text(event)).isEqualTo("1\n"))
                .then(() -> tell(bench, "go2"))
                .assertNext(event -> assertThat(text(event)).isEqualTo("2\n"))
                .then(() -> tell(bench, "go3"))
                .assertNext(event -> assertThat(text(event)).isEqualTo("3\n"))
                .expectNext(new Exited(0))
                .expectComplete()
                .verify(Bench.PATIENCE);
        bench.environment.closeLater().block(Bench.PATIENCE);
        assertThat(StateDirectories.of(bench.toolbox)).isEmpty();
    }

    @Test
    void bothStreamsAndTheExitCodeCome() {
        Bench bench = new Bench();
        List<ExecEvent> events = bench.environment
                .execStream(ExecRequest.shell("echo out; echo err >&2; exit 9"))
                .collectList()
                .block(Bench.PATIENCE);
        assertThat(events.get(events.size() - 1)).isEqualTo(new Exited(9));
        assertThat(joined(events, true)).isEqualTo("out\n");
        assertThat(joined(events, false)).isEqualTo("err\n");
        bench.environment.closeLater().block(Bench.PATIENCE);
    }

    @Test
    void aStreamUnderRandomFaultsIsWhole() {
        long seed = System.nanoTime();
        System.out.println("aStreamUnderRandomFaultsIsWhole: seed " + seed);
        Random random = new Random(seed);
        Bench bench = new Bench(
                () -> random.nextInt(3) == 0 ? Fault.values()[random.nextInt(Fault.values().length)] : Fault.NONE,
                Bench.hasty().withChunk(64 << 10));
        CRC32 sum = new CRC32();
        int exit = bench.environment
                .execStream(ExecRequest.shell("seq 1 200000 | tee copy; exit 4"))
                .doOnNext(event -> {
                    if (event instanceof Stdout out) {
                        sum.update(out.bytes());
                    }
                })
                .ofType(Exited.class)
                .blockLast(Bench.PATIENCE)
                .exitCode();
        CRC32 expected = new CRC32();
        expected.update(String.join("\n", bench.lines("copy")).concat("\n").getBytes(StandardCharsets.UTF_8));
        assertThat(exit).as("seed %d", seed).isEqualTo(4);
        assertThat(sum.getValue()).as("seed %d", seed).isEqualTo(expected.getValue());
        bench.environment.closeLater().block(Bench.PATIENCE);
        assertThat(StateDirectories.of(bench.toolbox)).isEmpty();
    }

    @Test
    void nothingIsAskedForAheadOfTheDemandButOnePart() {
        Bench bench = new Bench(() -> Fault.NONE, ExecSettings.DEFAULT.withChunk(1024));
        StepVerifier.create(bench.environment.execStream(ExecRequest.shell("head -c 1000000 /dev/zero")), 0)
                .expectSubscription()
                .thenRequest(1)
                .expectNextCount(1)
                .then(() -> assertThat(bench.toolbox.requests.get()).isLessThanOrEqualTo(3))
                .thenRequest(1)
                .expectNextCount(1)
                .then(() -> assertThat(bench.toolbox.requests.get()).isLessThanOrEqualTo(4))
                .thenCancel()
                .verify(Bench.PATIENCE);
        bench.environment.closeLater().block(Bench.PATIENCE);
        assertThat(StateDirectories.of(bench.toolbox)).isEmpty();
    }

    @Test
    void aTimeoutEndsTheStreamAfterItsOutput() {
        Bench bench = new Bench();
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "echo part; sleep 60"))
                .timeout(Duration.ofMillis(500))
                .build();
        StepVerifier.create(bench.environment.execStream(request))
                .assertNext(event -> assertThat(text(event)).isEqualTo("part\n"))
                .expectError(CommandTimeoutException.class)
                .verify(Bench.PATIENCE);
        bench.environment.closeLater().block(Bench.PATIENCE);
    }

    @Test
    void aCancelledStreamKillsItsCommand() {
        Bench bench = new Bench();
        String pid = bench.environment
                .execStream(ExecRequest.shell("echo $$; sleep 300"))
                .map(StreamTest::text)
                .next()
                .block(Bench.PATIENCE)
                .strip();
        bench.environment.awaitKills().block(Bench.PATIENCE);
        assertThat(Path.of("/proc", pid)).doesNotExist();
        bench.environment.closeLater().block(Bench.PATIENCE);
    }

    @Test
    void aProgramThatIsNotThereEndsWith127() {
        Bench bench = new Bench();
        StepVerifier.create(bench.environment.execStream(ExecRequest.of("no-such-program")))
                .assertNext(event -> assertThat(text(event)).contains("no-such-program"))
                .expectNext(new Exited(127))
                .expectComplete()
                .verify(Bench.PATIENCE);
        bench.environment.closeLater().block(Bench.PATIENCE);
    }

    private static void tell(Bench bench, String fifo) {
        bench.tell(fifo, "on\n").block(Bench.PATIENCE);
    }

    private static String text(ExecEvent event) {
        byte[] bytes = event instanceof Stdout out ? out.bytes() : ((Stderr) event).bytes();
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String joined(List<ExecEvent> events, boolean stdout) {
        return String.join(
                "",
                events.stream()
                        .filter(event -> stdout ? event instanceof Stdout : event instanceof Stderr)
                        .map(StreamTest::text)
                        .toList());
    }
}
