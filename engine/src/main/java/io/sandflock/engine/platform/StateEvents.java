/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import reactor.core.publisher.Flux;

/** State changes of sandboxes. */
public interface StateEvents {

    /**
     * State changes of one sandbox, from now on. All subscribers share one connection, which is opened for the first and closed
     * after the last. Never errors: without a connection it is silent, and tells by {@link Change#LOST} that changes may have
     * been missed, so that the subscriber asks for the state itself.
     */
    Flux<Change> of(String sandboxId);

    /**
     * A state change.
     *
     * @param state the new state
     */
    record Change(SandboxState state) {
        /** Changes may have been missed: ask for the state. */
        public static final Change LOST = new Change(SandboxState.UNKNOWN);
    }
}
