/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class AnnouncementTest {

    private static final Duration SOON = Duration.ofSeconds(30);

    @Test
    void whoeverListensHearsTheFirstWordAndIsForgotten() {
        Announcement<String> announcement = new Announcement<>();
        List<String> heard = new ArrayList<>();
        announcement.heard().subscribe(heard::add);
        announcement.heard().subscribe(heard::add);
        assertThat(announcement.listeners()).isEqualTo(2);
        announcement.say("first");
        announcement.say("second");
        assertThat(heard).containsExactly("first", "first");
        assertThat(announcement.listeners()).isZero();
    }

    @Test
    void whoComesLateHearsItAtOnce() {
        Announcement<String> announcement = new Announcement<>();
        announcement.say("word");
        StepVerifier.create(announcement.heard()).expectNext("word").verifyComplete();
        assertThat(announcement.listeners()).isZero();
    }

    @Test
    void whoLeavesIsForgottenAndHearsNothing() {
        Announcement<String> announcement = new Announcement<>();
        List<String> heard = new ArrayList<>();
        Disposable leaving = announcement.heard().subscribe(heard::add);
        announcement.heard().subscribe(heard::add);
        leaving.dispose();
        assertThat(announcement.listeners()).isEqualTo(1);
        announcement.say("word");
        assertThat(heard).containsExactly("word");
    }

    /** What is told may itself listen, leave, or say something. */
    @Test
    void whoIsToldMayListenAgain() {
        Announcement<String> announcement = new Announcement<>();
        StepVerifier.create(announcement.heard().then(announcement.heard()))
                .then(() -> announcement.say("word"))
                .expectNext("word")
                .verifyComplete();
        assertThat(announcement.listeners()).isZero();
    }

    @Test
    void nobodyMissesAWordThatIsSaidWhileTheyCome() {
        for (int round = 0; round < 200; round++) {
            Announcement<String> announcement = new Announcement<>();
            AtomicInteger heard = new AtomicInteger();
            Mono<Void> listeners = Flux.range(0, 200)
                    .flatMap(
                            number -> announcement.heard().doOnNext(word -> heard.incrementAndGet()),
                            Integer.MAX_VALUE,
                            1)
                    .subscribeOn(Schedulers.parallel())
                    .then();
            Mono<Void> word =
                    Mono.<Void>fromRunnable(() -> announcement.say("word")).subscribeOn(Schedulers.parallel());
            Mono.when(listeners, word).block(SOON);
            assertThat(heard).hasValue(200);
            assertThat(announcement.listeners()).isZero();
        }
    }
}
