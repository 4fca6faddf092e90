/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static io.sandflock.engine.daytona.ControlPlaneTest.failure;
import static io.sandflock.engine.daytona.ScriptedServer.PATIENCE;
import static io.sandflock.engine.daytona.ScriptedServer.answer;
import static io.sandflock.engine.daytona.ScriptedServer.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.ErrorCode;
import io.sandflock.engine.daytona.ControlPlaneTest.Fixture;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class ObjectStorageTest {

    private static final String HASH = "0123456789abcdef";

    /** The value was computed by another implementation of the specification, in Python. */
    @Test
    void aRequestIsSignedAsTheSpecificationSays() {
        AwsSignature signature = new AwsSignature("AK", "SK", "TOK", "eu-west-1");

        assertThat(signature.sign(
                        "PUT",
                        URI.create("http://s3.example:9000/bucket/org/aa/context.tar"),
                        Instant.parse("2026-11-23T15:00:00Z")))
                .containsEntry("x-amz-date", "20261123T150000Z")
                .containsEntry(
                        "authorization",
                        "AWS4-HMAC-SHA256 Credential=AK/20261123/eu-west-1/s3/aws4_request, "
                                + "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, "
                                + "Signature=9a1e610fe37d2106af97e5bb1e43b3b1f78b27388f82a151fae539afc5410d7e");
    }

    @Test
    void aContextIsUploadedWhenItIsMissingAndTheCredentialsAreAskedForOnce() {
        try (Fixture at = new Fixture(storage(403, 200))) {
            Flux<Boolean> uploads =
                    Flux.range(0, 8).flatMap(i -> at.platform.buildContexts().upload(HASH + i, content(), 5), 8);

            assertThat(uploads.collectList().block(PATIENCE)).hasSize(8).containsOnly(true);
            assertThat(at.server.requests)
                    .filteredOn(request -> request.target().endsWith("push-access"))
                    .hasSize(1);
            assertThat(at.server.requests)
                    .filteredOn(request -> request.method().equals("PUT"))
                    .hasSize(8)
                    .allSatisfy(request -> {
                        assertThat(request.target())
                                .startsWith("/bucket/org/" + HASH)
                                .endsWith("/context.tar");
                        assertThat(request.body()).isEqualTo("12345");
                        assertThat(request.header("content-length")).isEqualTo("5");
                        assertThat(request.header("authorization"))
                                .startsWith("AWS4-HMAC-SHA256 Credential=ak/")
                                .contains("/us-east-1/s3/");
                        assertThat(request.header("x-amz-security-token")).isEqualTo("token");
                        assertThat(request.head()).doesNotContain("key-of-the-test");
                    });
        }
    }

    @Test
    void whatIsThereIsNotUploadedNorRead() {
        AtomicInteger reads = new AtomicInteger();
        try (Fixture at = new Fixture(storage(200, 500))) {
            Flux<ByteBuffer> tar = content().doOnSubscribe(subscription -> reads.incrementAndGet());

            assertThat(at.platform.buildContexts().upload(HASH, tar, 5).block(PATIENCE))
                    .isFalse();
            assertThat(reads).hasValue(0);
        }
    }

    @Test
    void aRefusedUploadSaysWhy() {
        try (Fixture at = new Fixture(storage(404, 403))) {
            assertThat(failure(at.platform.buildContexts().upload(HASH, content(), 5)))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHORIZED))
                    .hasMessageContaining("<Code>AccessDenied</Code>");
        }
    }

    @Test
    void aHashThatIsNoneIsRefused() {
        try (Fixture at = new Fixture(storage(404, 200))) {
            assertThatThrownBy(() -> at.platform.buildContexts().upload("../../x", content(), 5))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static ScriptedServer storage(int head, int put) {
        return new ScriptedServer(request -> List.of(
                switch (request.method()) {
                    case "HEAD" -> send("HTTP/1.1 " + head + " X\r\ncontent-length: 0\r\n\r\n");
                    case "PUT" -> answer(put, put == 200 ? "" : "<Error><Code>AccessDenied</Code></Error>");
                    default ->
                        answer(
                                200,
                                ("{'accessKey':'ak','secret':'sk','sessionToken':'token','storageUrl':'http://"
                                                + request.header("host")
                                                + "','organizationId':'org','bucket':'bucket'}")
                                        .replace('\'', '"'));
                }));
    }

    private static Flux<ByteBuffer> content() {
        return Flux.just("12", "345")
                .map(text -> ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
}
