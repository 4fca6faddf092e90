/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.CommandTimeoutException;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.FileException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** Output comes as it is produced: byte for byte, in order, and the ending last and once. */
public interface StreamClaims extends EnvironmentUnderTest {

    private Flux<ExecEvent> stream(String line) {
        return environment().execStream(ExecRequest.shell(line));
    }

    private List<ExecEvent> events(String line) {
        return Objects.requireNonNull(stream(line).collectList().block(PATIENCE));
    }

    private static byte[] stdout(List<ExecEvent> events) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        events.forEach(event -> {
            if (event instanceof ExecEvent.Stdout chunk) {
                bytes.writeBytes(chunk.bytes());
            }
        });
        return bytes.toByteArray();
    }

    private static byte[] stderr(List<ExecEvent> events) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        events.forEach(event -> {
            if (event instanceof ExecEvent.Stderr chunk) {
                bytes.writeBytes(chunk.bytes());
            }
        });
        return bytes.toByteArray();
    }

    @Test
    default void bothStreamsAreStreamedByteForByte() {
        List<ExecEvent> events = events("printf 'a\\000\\377\\r\\n'; printf 'b\\377\\000' >&2");
        assertThat(stdout(events)).containsExactly('a', 0, 0xff, '\r', '\n');
        assertThat(stderr(events)).containsExactly('b', 0xff, 0);
    }

    @Test
    default void theEndingIsStreamedLastAndOnce() {
        List<ExecEvent> events = events("echo a; echo b >&2; exit 7");
        assertThat(events.get(events.size() - 1)).isEqualTo(new ExecEvent.Exited(7));
        assertThat(events).filteredOn(ExecEvent.Exited.class::isInstance).hasSize(1);
        assertThat(events("true")).containsExactly(new ExecEvent.Exited(0));
        assertThat(events("kill -KILL $$")).containsExactly(new ExecEvent.Exited(137));
    }

    @Test
    default void manyBytesAreStreamedInOrderAndWhole() {
        List<ExecEvent> events = events("seq 1 1000000; seq 1 50000 >&2");
        StringBuilder expected = new StringBuilder();
        for (int i = 1; i <= 1_000_000; i++) {
            expected.append(i).append('\n');
        }
        assertThat(new String(stdout(events), StandardCharsets.UTF_8).contentEquals(expected))
                .isTrue();
        assertThat(stderr(events)).hasSize(288_894);
    }

    @Test
    default void noChunkIsEmpty() {
        assertThat(events("for i in 1 2 3 4 5; do echo $i; sleep .1; done"))
                .allSatisfy(event -> assertThat(event instanceof ExecEvent.Exited || size(event) > 0)
                        .isTrue());
    }

    private static int size(ExecEvent event) {
        return event instanceof ExecEvent.Stdout out
                ? out.bytes().length
                : event instanceof ExecEvent.Stderr err ? err.bytes().length : 0;
    }

    @Test
    default void outputIsStreamedWhileTheCommandRuns() {
        String path = fresh("live");
        String line = "echo first; while [ ! -e " + path + " ]; do sleep .05; done; echo second";
        // The command ends only after its first output was seen.
        List<ExecEvent> events = stream(line)
                .concatMap(
                        event -> event instanceof ExecEvent.Stdout
                                ? environment()
                                        .exec(ExecRequest.of("touch", path))
                                        .thenReturn(event)
                                : reactor.core.publisher.Mono.just(event),
                        1)
                .collectList()
                .block(PATIENCE);
        assertThat(new String(stdout(Objects.requireNonNull(events)), StandardCharsets.UTF_8))
                .isEqualTo("first\nsecond\n");
    }

    @Test
    default void theOutputLimitDoesNotCutAStream() {
        ExecRequest request = ExecRequest.builder(List.of("head", "-c", "3000000", "/dev/zero"))
                .outputLimit(10)
                .build();
        List<ExecEvent> events = environment().execStream(request).collectList().block(PATIENCE);
        assertThat(stdout(Objects.requireNonNull(events))).hasSize(3_000_000);
    }

    @Test
    default void aStreamThatIsTooLateGivesItsOutputThenATimeout() {
        String mark = seconds(64);
        ExecRequest request = ExecRequest.builder(List.of("sh", "-c", "echo part; sleep " + mark))
                .timeout(Duration.ofSeconds(1))
                .build();
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        Flux<ExecEvent> watched = environment().execStream(request).doOnNext(event -> {
            if (event instanceof ExecEvent.Stdout chunk) {
                seen.writeBytes(chunk.bytes());
            }
        });
        assertThatThrownBy(() -> watched.blockLast(PATIENCE)).isInstanceOf(CommandTimeoutException.class);
        assertThat(seen).hasToString("part\n");
        assertThat(running(mark)).isEmpty();
    }

    @Test
    default void aStreamThatIsCancelledKillsTheCommand() {
        String mark = seconds(65);
        Disposable watching =
                stream("echo out; setsid sleep " + mark + " & sleep " + mark).subscribe();
        while (running(mark).isEmpty()) {
            Thread.onSpinWait();
        }
        watching.dispose();
        assertThat(vanishes(mark)).isTrue();
    }

    @Test
    default void aStreamThatIsTakenInPartKillsTheCommand() {
        String mark = seconds(66);
        ExecEvent first = stream("echo out; sleep " + mark).take(1).blockLast(PATIENCE);
        assertThat(stdout(List.of(Objects.requireNonNull(first)))).asString().isEqualTo("out\n");
        assertThat(vanishes(mark)).isTrue();
    }

    @Test
    default void aStreamThatCannotStartSaysWhy() {
        assertThatThrownBy(() ->
                        environment().execStream(ExecRequest.of("/etc/passwd")).blockLast(PATIENCE))
                .isInstanceOf(FileException.class);
        assertThat(environment().execStream(ExecRequest.of("no-such-program-3")).blockLast(PATIENCE))
                .isEqualTo(new ExecEvent.Exited(127));
    }

    @Test
    default void aStreamThatIsTakenSlowlyIsWhole() {
        List<ExecEvent> events = stream("seq 1 300000; exit 3")
                .limitRate(1)
                .delayElements(Duration.ofMillis(20))
                .collectList()
                .block(PATIENCE);
        assertThat(stdout(Objects.requireNonNull(events))).hasSize(1_988_895);
        assertThat(events).last().isEqualTo(new ExecEvent.Exited(3));
    }

    @Test
    default void standardInputReachesAStreamedCommand() {
        ExecRequest request = ExecRequest.builder(List.of("cat"))
                .stdin("in\0put\n".getBytes(StandardCharsets.UTF_8))
                .build();
        List<ExecEvent> events = environment().execStream(request).collectList().block(PATIENCE);
        assertThat(stdout(Objects.requireNonNull(events))).asString().isEqualTo("in\0put\n");
    }
}
