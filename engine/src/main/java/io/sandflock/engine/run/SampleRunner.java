/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import reactor.core.publisher.Mono;

/** Takes one job through its stages. */
@FunctionalInterface
public interface SampleRunner {

    /**
     * Cold; never errors and never completes empty: a failed sample is a value. Ends with a {@code Cancelled} outcome soon after
     * {@link RunScope#stop()} was requested, once its sandbox is gone.
     */
    Mono<Finished> run(Job job, RunScope scope);
}
