/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import reactor.core.publisher.Mono;

/**
 * What is done with a sample once its sandbox is there: write files, run commands, score. Called once for each attempt, on any
 * thread; must not block.
 */
@FunctionalInterface
public interface SampleTask {

    /**
     * The work of one attempt; cold. On cancel the work stops and the sandbox is released.
     *
     * @return the outcome. An error is classified: {@link CommandTimeoutException} as {@link Outcome.TimedOut};
     *     {@link TransientException} as an infrastructure failure, which may be retried; anything else as
     *     {@link Outcome.TaskFailed}. Completing empty is {@link Outcome.TaskFailed} too
     */
    Mono<Outcome> run(SampleContext context);
}
