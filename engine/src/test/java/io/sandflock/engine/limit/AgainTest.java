/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

class AgainTest {

    private final AtomicInteger tries = new AtomicInteger();
    private final List<String> seen = new ArrayList<>();

    private Mono<Integer> failing(int times) {
        return Mono.fromCallable(() -> {
            int number = tries.incrementAndGet();
            if (number <= times) {
                throw new IllegalStateException("failure " + number);
            }
            return number;
        });
    }

    private Retry noting(int most) {
        return Retry.from(signals -> signals.concatMap(
                signal -> {
                    seen.add(signal.totalRetries() + ": " + signal.failure().getMessage());
                    return signal.totalRetries() < most ? Mono.just(0) : Mono.error(signal.failure());
                },
                1));
    }

    @Test
    void whatDoesNotFailIsDoneOnceAndTheRetryHearsNothing() {
        StepVerifier.create(Again.retryWhen(failing(0), noting(9)))
                .expectNext(1)
                .verifyComplete();
        assertThat(seen).isEmpty();
    }

    @Test
    void theRetrySeesEachFailureInOrderAndCountsFromTheFirst() {
        StepVerifier.create(Again.retryWhen(failing(3), noting(9)))
                .expectNext(4)
                .verifyComplete();
        assertThat(seen).containsExactly("0: failure 1", "1: failure 2", "2: failure 3");
        assertThat(tries).hasValue(4);
    }

    @Test
    void whenTheRetryGivesUpItsErrorIsPassedOn() {
        StepVerifier.create(Again.retryWhen(failing(9), noting(1))).verifyErrorMessage("failure 2");
        assertThat(tries).hasValue(2);
    }

    @Test
    void eachSubscriptionHasTriesOfItsOwn() {
        Mono<Integer> work = Again.retryWhen(failing(2), noting(1));
        StepVerifier.create(work).verifyErrorMessage("failure 2");
        StepVerifier.create(work).expectNext(3).verifyComplete();
    }

    /** A sample may be held ten thousand times: neither the stack nor the chain of subscribers grows with that. */
    @Test
    void tenThousandFailuresAreNoDeeperThanOne() {
        StepVerifier.create(Again.retryWhen(failing(10_000), noting(20_000)))
                .expectNext(10_001)
                .verifyComplete();
    }
}
