/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class ByteLimitTest {

    private final TestPublisher<ByteBuffer> body = TestPublisher.create();

    @Test
    void whatFitsIsCollected() {
        StepVerifier.create(ByteLimit.collect(body, 10, 5, HttpError::tooLarge))
                .then(() -> body.next(bytes(4), bytes(6)).complete())
                .assertNext(all -> assertThat(all).hasSize(10))
                .verifyComplete();
    }

    @Test
    void whatIsTooLongIsReadToItsEndBeforeItIsRefused() {
        StepVerifier.create(ByteLimit.collect(body, 10, 5, HttpError::tooLarge))
                .then(() -> body.next(bytes(8), bytes(6)))
                .then(() -> assertThat(body.wasCancelled()).isFalse())
                .then(body::complete)
                .expectErrorMatches(error -> error instanceof HttpError refused && refused.status() == 413)
                .verify();
    }

    @Test
    void whatIsFarTooLongIsNotReadAnyFurther() {
        StepVerifier.create(ByteLimit.collect(body, 10, 5, HttpError::tooLarge))
                .then(() -> body.next(bytes(8), bytes(8)))
                .expectErrorMatches(error -> error instanceof HttpError refused && refused.status() == 413)
                .verify();
        body.assertCancelled();
    }

    @Test
    void withNothingToReadOnTheFirstByteTooManyEndsIt() {
        StepVerifier.create(ByteLimit.collect(body, 10, HttpError::tooLarge))
                .then(() -> body.next(bytes(11)))
                .expectError(HttpError.class)
                .verify();
        body.assertCancelled();
    }

    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count);
    }
}
