/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.platform.Toolbox.LogChunk;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class LogDemuxTest {

    private static final byte[] LOG =
            "\1\1\1out\n\2\2\2err\n\1\1\1\1\1\1twice\n\2\2\2".getBytes(StandardCharsets.ISO_8859_1);

    @Test
    void aMarkerMayBeCutAnywhere() {
        for (int cut = 0; cut <= LOG.length; cut++) {
            for (int second = cut; second <= LOG.length; second++) {
                List<LogChunk> chunks = split(
                        Arrays.copyOfRange(LOG, 0, cut),
                        Arrays.copyOfRange(LOG, cut, second),
                        Arrays.copyOfRange(LOG, second, LOG.length));
                assertThat(text(chunks, false)).as("cut at %s, %s", cut, second).isEqualTo("out\ntwice\n");
                assertThat(text(chunks, true)).as("cut at %s, %s", cut, second).isEqualTo("err\n");
            }
        }
    }

    @Test
    void whatWasHeldBackAndIsNoMarkerIsNotLost() {
        List<LogChunk> chunks = split(bytes("\1\1\1a\1"), bytes("b\2\2"));

        assertThat(text(chunks, false)).isEqualTo("a\1b\2\2");
    }

    @Test
    void withoutMarkersAllIsStdout() {
        assertThat(text(split(bytes("plain")), false)).isEqualTo("plain");
    }

    private static List<LogChunk> split(byte[]... frames) {
        return LogDemux.split(Flux.just(frames)).collectList().block(Duration.ofSeconds(30));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(List<LogChunk> chunks, boolean stderr) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        chunks.stream().filter(chunk -> chunk.stderr() == stderr).forEach(chunk -> out.writeBytes(chunk.bytes()));
        return out.toString(StandardCharsets.ISO_8859_1);
    }
}
