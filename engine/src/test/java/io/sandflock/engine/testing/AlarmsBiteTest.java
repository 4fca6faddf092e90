/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Smoke tests of the alarms that every other test relies on. */
class AlarmsBiteTest {

    @Test
    void blockHoundSpeaksWhenAnEventThreadBlocks() {
        Mono<Void> sleeper = Mono.fromRunnable(() -> {
                    try {
                        Thread.sleep(1);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                })
                .subscribeOn(Schedulers.parallel())
                .then();

        assertThatThrownBy(() -> sleeper.block(Duration.ofSeconds(30)))
                .hasRootCauseInstanceOf(BlockingOperationError.class);
    }

    @Test
    void aBufferThatIsNotReleasedIsReported() {
        List<String> leaks = new ArrayList<>();

        // The collector decides when it sees the lost buffer; a handful of rounds is more than it has ever taken.
        for (int round = 0; round < 50 && leaks.isEmpty(); round++) {
            lose();
            leaks.addAll(NettyLeakExtension.collect());
        }

        assertThat(leaks).isNotEmpty();
        // The buffer of the last round may be reported only now: it is this test's own and must not fail the class.
        for (int round = 0; round < 5; round++) {
            NettyLeakExtension.collect();
        }
    }

    private static void lose() {
        ByteBuf lost = ByteBufAllocator.DEFAULT.buffer(32);
        lost.writeByte(1);
    }
}
