/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.limit;

import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Work that is done once more. */
public final class Again {

    private Again() {}

    /**
     * {@code work.retryWhen(retry)}, whose dozen objects are only made when the work fails for the first time: most never does, and ten
     * thousand samples that wait for output have two of them each.
     *
     * @param retry sees the first failure as its first signal, as ever
     */
    public static <T> Mono<T> retryWhen(Mono<T> work, Retry retry) {
        return work.onErrorResume(first -> {
            AtomicBoolean failed = new AtomicBoolean();
            return Mono.defer(() -> failed.getAndSet(true) ? work : Mono.<T>error(first))
                    .retryWhen(retry);
        });
    }
}
