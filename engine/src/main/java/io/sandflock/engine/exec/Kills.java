/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.SandboxUnavailableException;
import io.sandflock.engine.frame.ExecCall.Answer;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecutionId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** The kills under way in the background, for executions that nobody waits for any more. */
final class Kills {

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.exec");
    /** The kill itself waits for the tree's end: five seconds of grace, and some. */
    private static final Answer ANSWER = new Answer(2_000, false, 0, 0, 0, 0);

    private final Courier courier;
    private final Ledger ledger;
    private final Duration within;
    private final Set<Mono<Void>> underWay = ConcurrentHashMap.newKeySet();

    Kills(Courier courier, Ledger ledger, Duration within) {
        this.courier = courier;
        this.ledger = ledger;
        this.within = within;
    }

    /** Kills an execution, or bars it from ever starting. Returns at once. */
    void kill(ExecutionId id, ContextView context) {
        Mono<Void> kill = courier.send(id, Operation.KILL, ANSWER, Optional.empty())
                .timeout(within)
                .doOnNext(reply -> ledger.received(id))
                .then()
                // Gone with its sandbox: nothing is left to be killed.
                .onErrorResume(SandboxUnavailableException.class, gone -> Mono.empty())
                .onErrorResume(error -> {
                    LOG.warn("execution {} could not be killed: {}", id, error.toString());
                    return Mono.empty();
                })
                .contextWrite(context)
                .cache();
        underWay.add(kill);
        // Its owner is the set, which awaitAll() waits for: whoever cancelled is gone, and a cancel cannot wait.
        kill.doFinally(end -> underWay.remove(kill)).subscribe();
    }

    /** Kills under way. */
    int size() {
        return underWay.size();
    }

    /** Completes when no kill that was asked for before is under way. */
    Mono<Void> awaitAll() {
        return Mono.defer(() -> Mono.whenDelayError(Set.copyOf(underWay)));
    }
}
