/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.SandflockException;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.Sandboxes;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Whether the sandbox still lives, asked only when its daemon fails. A death is final, and found out once. */
final class Vitals {

    private final String sandboxId;
    private final Sandboxes sandboxes;
    private final AtomicReference<@Nullable SandboxUnavailableException> death = new AtomicReference<>();

    Vitals(String sandboxId, Sandboxes sandboxes) {
        this.sandboxId = sandboxId;
        this.sandboxes = sandboxes;
    }

    /** What killed the sandbox, if that is known already. */
    Mono<SandboxUnavailableException> known() {
        return Mono.fromSupplier(death::get);
    }

    /**
     * Asks the platform for the sandbox's state after a failure. Emits why the sandbox is gone, or nothing: it lives, or the platform
     * does not answer either.
     */
    Mono<SandboxUnavailableException> examine(Throwable failure) {
        return known().switchIfEmpty(Mono.defer(() -> sandboxes
                .get(sandboxId)
                .flatMap(info -> verdict(info, failure))
                .onErrorResume(SandflockException.class, error -> missing(error, failure))));
    }

    ErrorContext context() {
        return ErrorContext.NONE.withSandbox(sandboxId);
    }

    private Mono<SandboxUnavailableException> verdict(SandboxInfo info, Throwable failure) {
        // A sandbox that stops is as lost as one that stopped: nothing can be run in it.
        boolean gone = info.state().isDeadEnd() && info.state() != SandboxState.UNKNOWN;
        return gone
                ? dead(info.rawState(), info.errorReason().orElse("the sandbox is not running any more"), failure)
                : Mono.empty();
    }

    private Mono<SandboxUnavailableException> missing(SandflockException error, Throwable failure) {
        return error.code() == ErrorCode.NOT_FOUND
                ? dead("deleted", "the sandbox does not exist any more", failure)
                : Mono.empty();
    }

    private Mono<SandboxUnavailableException> dead(String state, String reason, Throwable failure) {
        SandboxUnavailableException exception = new SandboxUnavailableException(state, reason, context(), failure);
        death.compareAndSet(null, exception);
        return Mono.just(exception);
    }
}
