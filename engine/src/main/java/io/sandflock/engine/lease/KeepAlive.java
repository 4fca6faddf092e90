/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.Sandboxes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Tells the platform four times in the idle time after which it would stop a sandbox that the sandbox is in use, and moves the expiry in
 * its labels on. One call that fails is made up for by the next: the sandbox outlives three.
 */
final class KeepAlive {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.lease");

    /** Of sandboxes that the platform never stops: their labels still expire. */
    private static final Duration LONGEST = Duration.ofMinutes(60);

    private static final int WORDS = 4;

    private final Sandboxes sandboxes;
    private final LeaseSettings settings;
    private final Time time;

    KeepAlive(Sandboxes sandboxes, LeaseSettings settings, Time time) {
        this.sandboxes = sandboxes;
        this.settings = settings;
        this.time = time;
    }

    /**
     * Goes on until it is cancelled. Never errors.
     *
     * @param adopted whether its labels are of an earlier request, so that the first word is said at once
     */
    Mono<Void> of(CreateSandbox asked, SandboxInfo sandbox, boolean adopted) {
        Duration idle = idle(asked);
        Duration every = idle.dividedBy(WORDS);
        Words words = new Words(sandbox, idle);
        Mono<Void> first = adopted ? Mono.defer(words::say) : Mono.empty();
        // No Flux.interval: cancelling a periodic task may wait for a lock of its scheduler's.
        return first.thenMany(time.delay(every).then(Mono.defer(words::say)).repeat())
                .then();
    }

    private static Duration idle(CreateSandbox asked) {
        int minutes = asked.intervals().autoStop().orElse(0);
        Duration idle = Duration.ofMinutes(minutes);
        return minutes <= 0 || idle.compareTo(LONGEST) > 0 ? LONGEST : idle;
    }

    /** What is said of one sandbox; one word after the other. */
    private final class Words {

        private final SandboxInfo sandbox;
        private final Duration idle;
        private Map<String, String> labels;

        Words(SandboxInfo sandbox, Duration idle) {
            this.sandbox = sandbox;
            this.idle = idle;
            this.labels = sandbox.labels();
        }

        Mono<Void> say() {
            return said("keep-alive", sandboxes.touch(sandbox.id())).then(Mono.defer(this::extend));
        }

        /** Half of the time before it runs out: a reaper never sees an expired lease of a process that lives. */
        private Mono<Void> extend() {
            Instant now = time.now();
            if (!Labels.expiry(labels)
                    .map(expiry -> expiry.isBefore(now.plus(idle.dividedBy(2))))
                    .orElse(true)) {
                return Mono.empty();
            }
            Map<String, String> extended = new HashMap<>(labels);
            extended.put(Labels.EXPIRY, Long.toString(now.plus(idle).getEpochSecond()));
            return said(
                    "change of labels",
                    sandboxes.replaceLabels(sandbox.id(), extended).doOnNext(kept -> labels = extended));
        }

        private Mono<Void> said(String what, Mono<?> call) {
            return call.timeout(settings.call(), Creation.timedOut(what, sandbox.name()), time.scheduler())
                    .then()
                    .onErrorResume(error -> Mono.fromRunnable(() -> LOG.debug(
                            "{} of {} failed; the next one follows: {}", what, sandbox.name(), error.toString())));
        }
    }
}
