/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.session;

import static io.sandflock.engine.local.session.LogFormat.MARKED;
import static io.sandflock.engine.local.session.LogFormat.PLAIN;
import static io.sandflock.engine.local.session.LogFormat.SPLIT;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

class LogFormatTest {

    @Test
    void theVersionDecidesTheFormat() {
        assertThat(LogFormat.of(Optional.empty(), false)).isEqualTo(PLAIN);
        assertThat(LogFormat.of(Optional.empty(), true)).isEqualTo(SPLIT);
        assertThat(version("0.26.9")).isEqualTo(PLAIN);
        assertThat(version("0.27.0")).isEqualTo(MARKED);
        assertThat(version("v0.166.0")).isEqualTo(MARKED);
        assertThat(version("not-a-version")).isEqualTo(MARKED);
        assertThat(version("0.167.0")).isEqualTo(SPLIT);
        assertThat(version("1.0.0-rc1")).isEqualTo(SPLIT);
        assertThat(version("v0.0.0-dev")).isEqualTo(SPLIT);
    }

    private static LogFormat version(String version) {
        return LogFormat.of(Optional.of(version), false);
    }

    @Test
    void eachLineHasItsMarker() {
        LogEntry entry = new LogEntry(LogEntry.STDERR, utf8("a\n\nb\n"));
        assertThat(text(entry.marked())).isEqualTo("\002\002\002a\n\002\002\002\n\002\002\002b\n");
        assertThat(PLAIN.output(List.of(entry))).isEqualTo("a\n\nb\n");
    }

    @Test
    void aLineShowsWhenItIsCompleteWithoutItsNulsAndTheLastOneGetsAnEnd() {
        LineLabeler lines = new LineLabeler();
        assertThat(lines.next(ByteBuffer.wrap(utf8("par")))).isEmpty();
        assertThat(text(lines.next(ByteBuffer.wrap(utf8("t\0ial\nre"))))).isEqualTo("partial\n");
        assertThat(text(lines.end())).isEqualTo("re\n");
    }

    @Test
    void aLineWithoutAnEndIsPassedOnInPieces() {
        LineLabeler lines = new LineLabeler();
        assertThat(lines.next(ByteBuffer.allocate(0))).isEmpty();
        byte[] long1 = "x".repeat((1 << 20) + 1).getBytes(StandardCharsets.UTF_8);
        assertThat(lines.next(ByteBuffer.wrap(long1))).hasSize(1 << 20);
    }

    @Test
    void aFollowerGetsWhatWasWhatComesAndTheEnd() {
        CommandLog log = new CommandLog(new LogRoom());
        log.append(LogEntry.STDOUT, utf8("a\n"));
        StepVerifier.create(log.follow().map(entry -> text(entry.text())), 1)
                .expectNext("a\n")
                .then(() -> log.append(LogEntry.STDOUT, utf8("b\n")))
                .then(() -> log.append(LogEntry.STDOUT, utf8("c\n")))
                .then(log::end)
                .thenRequest(1)
                .expectNext("b\n")
                .thenRequest(1)
                .expectNext("c\n")
                .thenRequest(1)
                .expectComplete()
                .verify(Duration.ofSeconds(30));
    }

    @Test
    void theOldestLinesMakeRoomAndAFollowerGoesOnBehindThem() {
        LogRoom room = new LogRoom();
        CommandLog first = new CommandLog(room);
        CommandLog second = new CommandLog(room);
        first.append(LogEntry.STDOUT, utf8("old\n"));
        byte[] half = new byte[(int) (LogRoom.LIMIT / 2)];
        second.append(LogEntry.STDOUT, half);
        second.append(LogEntry.STDOUT, half);
        second.append(LogEntry.STDOUT, utf8("new\n"));
        second.end();
        first.end();

        assertThat(first.entries()).isEmpty();
        StepVerifier.create(second.follow().map(entry -> entry.text().length))
                .expectNext(half.length, 4)
                .expectComplete()
                .verify(Duration.ofSeconds(30));
        StepVerifier.create(first.follow()).expectComplete().verify(Duration.ofSeconds(30));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
