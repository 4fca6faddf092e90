/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import reactor.core.publisher.Mono;

/** What a {@link SampleTask} works with. */
public interface SampleContext {

    /** The sample. */
    Sample sample();

    /** From 1 to the eval's number of epochs. */
    int epoch();

    /** 1 for the first attempt. */
    int attempt();

    /** The sandbox of this attempt. */
    Sandbox sandbox();

    /** The sandbox's default environment. */
    default Environment environment() {
        return sandbox().environment();
    }

    /** The same work, its time counted under a stage of the results; cold. Times of the same stage add up. */
    <T> Mono<T> timed(Stage stage, Mono<T> work);

    /** Keeps the command's output and exit code for the results: {@code samples/<id>/<epoch>/stdout} and {@code stderr}. */
    void record(ExecResult result);
}
