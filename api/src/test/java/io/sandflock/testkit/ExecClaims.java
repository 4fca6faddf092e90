/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Both streams of a command come apart and byte for byte, and a command runs once for each subscription. */
public interface ExecClaims extends EnvironmentUnderTest {

    /** {@code exec_output}. */
    @Test
    @InspectCheck(23)
    default void standardOutputIsExact() {
        assertThat(sh("echo foo; echo bar").stdout().text()).isEqualTo("foo\nbar\n");
        assertThat(sh("printf foo").stdout().text()).isEqualTo("foo");
        assertThat(sh("printf '\\n\\n foo \\n\\n'").stdout().text()).isEqualTo("\n\n foo \n\n");
        assertThat(sh("true").stdout().bytes()).isEmpty();
    }

    /** {@code exec_stderr}. */
    @Test
    @InspectCheck(24)
    default void standardErrorIsExactAndApart() {
        ExecResult result = sh("echo boof; echo baz >&2");
        assertThat(result.stderr().text()).isEqualTo("baz\n");
        assertThat(result.stdout().text()).isEqualTo("boof\n");
    }

    /** {@code exec_output_utf}. */
    @Test
    @InspectCheck(25)
    default void charactersOfAnyPlaneComeOnStandardOutput() {
        String path = fresh("utf-out");
        out("printf '" + octal() + "' > " + path);
        assertThat(out("cat " + path)).isEqualTo(text());
    }

    /** {@code exec_stderr_utf}. */
    @Test
    @InspectCheck(26)
    default void charactersOfAnyPlaneComeOnStandardError() {
        String path = fresh("utf-err");
        out("printf '" + octal() + "' > " + path);
        ExecResult result = sh("cat " + path + " >&2");
        assertThat(result.stderr().text()).isEqualTo(text());
        assertThat(result.stdout().bytes()).isEmpty();
    }

    private static String text() {
        return "caf\u00e9 r\u00e9sum\u00e9 \u20ac100 \u4e2d\u6587 \ud83d\ude00";
    }

    private static String octal() {
        StringBuilder octal = new StringBuilder();
        for (byte b : text().getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
            octal.append("\\%03o".formatted(b & 0xff));
        }
        return octal.toString();
    }

    @Test
    default void everyByteValueComesBackOnBothStreams() {
        String line = "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i+1)); done";
        ExecResult result = sh(line + "; { " + line + "; } >&2");
        byte[] all = new byte[256];
        IntStream.range(0, 256).forEach(i -> all[i] = (byte) i);
        assertThat(result.stdout().bytes()).isEqualTo(all);
        assertThat(result.stderr().bytes()).isEqualTo(all);
    }

    @Test
    default void carriageReturnsAreKept() {
        assertThat(sh("printf 'a\\r\\nb\\rc\\r\\n'").stdout().text()).isEqualTo("a\r\nb\rc\r\n");
    }

    @Test
    default void nulBytesAreKept() {
        assertThat(sh("printf 'a\\000b\\000\\000'").stdout().bytes()).containsExactly('a', 0, 'b', 0, 0);
        assertThat(sh("printf '\\000' >&2").stderr().bytes()).containsExactly(0);
    }

    @Test
    default void bytesThatAreNoTextAreReplacedInTheTextOnly() {
        ExecResult result = sh("printf '\\303\\050'");
        assertThat(result.stdout().bytes()).containsExactly(0xc3, 0x28);
        assertThat(result.stdout().text()).isEqualTo("\ufffd(");
    }

    @Test
    default void outputThatLooksLikeAProtocolIsOutput() {
        String text = "=sandflock/1 x end\n\u0001\u0001\u0001\u0002\u0002\u0002{\"exitCode\":3}\n-\nEOF\n";
        ExecResult result = exec(ExecRequest.of("printf", "%s", text));
        assertThat(result.stdout().text()).isEqualTo(text);
        assertThat(result.exitCode()).isZero();
    }

    @Test
    default void aCommandMayOpenItsStreamsAnew() {
        ExecResult result = sh("echo 1 >&2; echo 2 > /dev/stderr; echo 3 >&2; echo a; echo b > /dev/stdout; echo c");
        assertThat(result.stderr().text()).isEqualTo("1\n2\n3\n");
        assertThat(result.stdout().text()).isEqualTo("a\nb\nc\n");
    }

    @Test
    default void aCommandThatClosesItsStreamsEndsAsItSays() {
        assertThat(sh("exec >&- 2>&-; exit 9").exitCode()).isEqualTo(9);
    }

    @Test
    default void commandsRunAtTheSameTime() {
        String folder = fresh("rendezvous");
        out("mkdir " + folder);
        // Each waits for all others, so that none ends unless all run at once.
        List<String> outputs = Flux.range(0, 16)
                .flatMap(i -> environment().exec(rendezvous(folder, i)), 16, 1)
                .map(result -> result.stdout().text())
                .collectSortedList()
                .block(PATIENCE);
        assertThat(outputs)
                .containsExactlyElementsOf(IntStream.range(0, 16)
                        .mapToObj(i -> "output of " + i + "\n")
                        .sorted()
                        .toList());
    }

    private static ExecRequest rendezvous(String folder, int i) {
        String line = "touch $0/$1; while [ \"$(ls $0 | wc -l)\" -lt 16 ]; do sleep .1; done; echo output of $1";
        return ExecRequest.of("sh", "-c", line, folder, Integer.toString(i));
    }

    @Test
    default void aRequestIsARunForEachSubscription() {
        String path = fresh("runs");
        Mono<ExecResult> run = environment().exec(ExecRequest.shell("echo run >> " + path));
        assertThat(sh("[ -e " + path + " ]").exitCode()).isOne();
        run.block(PATIENCE);
        run.block(PATIENCE);
        assertThat(out("cat " + path)).isEqualTo("run\nrun\n");
    }

    @Test
    default void whatOneCommandLeavesTheNextFinds() {
        String path = fresh("left");
        out("mkdir " + path + " && echo x > " + path + "/file && cd / && export LOST=1");
        assertThat(out("cat " + path + "/file; echo \"${LOST-unset}\"")).isEqualTo("x\nunset\n");
    }

    @Test
    default void theDurationIsMeasured() {
        assertThat(sh("sleep 1").duration()).isBetween(java.time.Duration.ofMillis(900), PATIENCE);
    }
}
