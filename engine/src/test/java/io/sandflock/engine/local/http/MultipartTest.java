/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class MultipartTest {

    private static final String BODY =
            "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"files[0].path\"\r\n\r\n/x y\r\n"
                    + "--b \r\ncontent-disposition: form-data; name=\"files[0].file\"; filename=\"q\\\"uote\"\r\nContent-Type: text/plain\r\n\r\n"
                    + "one\r\n--bb is not it\r\n-- nor this\r\n\r\n"
                    + "--b\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--b--\r\nepilogue";

    private static final List<String> PARTS = List.of(
            "files[0].path/null=/x y", "files[0].file/q\"uote=one\r\n--bb is not it\r\n-- nor this\r\n", "empty/null=");

    @Test
    void thePartsAreTheSameWhereverTheBytesAreCut() {
        // A boundary that another one begins with ends a part as well: RFC 2046 has the sender choose one that does not
        // occur.
        String body = BODY.replace("--bb", "-+bb");
        List<String> parts =
                PARTS.stream().map(part -> part.replace("--bb", "-+bb")).toList();
        for (int size = 1; size <= body.length(); size++) {
            assertThat(read(chunks(body, size))).as("chunks of %d bytes", size).isEqualTo(parts);
        }
    }

    @Test
    void aBodyThatWasCutOffIsRefused() {
        String body = BODY.substring(0, BODY.indexOf("--b--")).replace("--bb", "-+bb");
        assertThatThrownBy(() -> read(chunks(body, 7)))
                .isInstanceOfSatisfying(
                        HttpError.class, e -> assertThat(e.status()).isEqualTo(400))
                .hasMessageContaining("closing boundary");
    }

    @Test
    void morePartsThanAllowedAreRefused() {
        assertThatThrownBy(() -> Multipart.parse(chunks(BODY.replace("--bb", "-+bb"), 64), "b", 2, part -> part.body())
                        .blockLast(Duration.ofSeconds(30)))
                .hasMessageContaining("more than 2 parts");
    }

    @Test
    void headersWithoutAnEndAreRefused() {
        String body = "--b\r\nX: " + "y".repeat(20_000);
        assertThatThrownBy(() -> read(chunks(body, 1000))).hasMessageContaining("headers are larger");
    }

    @Test
    void whatAHandlerLeavesIsSkipped() {
        String body = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + "x".repeat(500_000)
                + "\r\n--b\r\nContent-Disposition: form-data; name=b\r\n\r\n" + "y".repeat(500_000)
                + "\r\n--b\r\nContent-Disposition: form-data; name=c\r\n\r\nz\r\n--b--\r\n";
        List<String> names = new ArrayList<>();
        List<String> last = Multipart.parse(chunks(body, 1024), "b", 9, part -> {
                    names.add(part.name());
                    return switch (part.name()) {
                        case "a" -> Mono.<String>empty();
                        case "b" -> part.body().take(1).map(bytes -> "first of b");
                        default -> text(part.body());
                    };
                })
                .collectList()
                .block(Duration.ofSeconds(30));
        assertThat(names).containsExactly("a", "b", "c");
        assertThat(last).containsExactly("first of b", "z");
    }

    private static List<String> read(Flux<ByteBuffer> chunks) {
        return Multipart.parse(
                        chunks,
                        "b",
                        9,
                        part -> text(part.body()).map(text -> part.name() + "/" + part.filename() + "=" + text))
                .collectList()
                .block(Duration.ofSeconds(30));
    }

    private static Mono<String> text(Flux<ByteBuffer> body) {
        return ByteLimit.collect(body, 1 << 20, HttpError::tooLarge)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private static Flux<ByteBuffer> chunks(String body, int size) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return Flux.range(0, (bytes.length + size - 1) / size)
                .map(i -> ByteBuffer.wrap(bytes, i * size, Math.min(size, bytes.length - i * size)));
    }
}
