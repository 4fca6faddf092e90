/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import java.util.Map;
import reactor.core.publisher.Mono;

/** Where a sandbox's name is written down before the platform hears of it, and what became of it after. */
public interface IntentLog {

    /** Keeps nothing: for sandboxes of no run. */
    IntentLog NONE = new IntentLog() {
        @Override
        public Mono<Void> intent(String name, Map<String, String> labels) {
            return Mono.empty();
        }

        @Override
        public Mono<Void> started(String name, String id) {
            return Mono.empty();
        }

        @Override
        public void transition(String name, Transition what, String detail) {}
    };

    /** Completes when the intent is on disk: only then is the create sent. An error keeps it from being sent. */
    Mono<Void> intent(String name, Map<String, String> labels);

    /**
     * Notes that the sandbox is started. Completes when the end of this process can no longer lose that: only then is the sandbox
     * used, so that one without the note is known to be fresh.
     */
    Mono<Void> started(String name, String id);

    /** Notes what happened, in order, without waiting; detail is an id or a reason. Must not block and must not throw. */
    void transition(String name, Transition what, String detail);

    /** What happens to a sandbox. */
    enum Transition {
        /** The platform answered the create. */
        CREATED,
        /** The platform had it already, from a create whose answer was lost. */
        ADOPTED,
        /** It is started. */
        STARTED,
        /** The create failed, and nothing came of it. */
        FAILED,
        /** It is not known whether the create made one. */
        UNKNOWN,
        /** It is gone. */
        DELETED,
        /** It is left. */
        LEFT
    }
}
