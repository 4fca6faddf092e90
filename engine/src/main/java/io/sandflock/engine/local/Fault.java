/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import java.time.Duration;
import java.util.Map;

/** One thing that goes wrong at a request, as it does on the real platform. */
public sealed interface Fault {

    /** The answer comes this much later than it could. Of any operation. */
    record SlowAnswer(Duration delay) implements Fault {}

    /**
     * The platform refuses and does nothing: quota, no runners, a name or a state conflict, a rate limit. Of any operation.
     *
     * @param headers added to the answer, for example {@code Retry-After-sandbox-create}
     */
    record Refusal(int status, String message, Map<String, String> headers) implements Fault {
        /** Copies the headers. */
        public Refusal {
            headers = Map.copyOf(headers);
        }

        /** A refusal without headers. */
        public Refusal(int status, String message) {
            this(status, message, Map.of());
        }
    }

    /**
     * 502 with an empty body. Of any operation.
     *
     * @param committed whether the platform did what was asked all the same
     */
    record BadGateway(boolean committed) implements Fault {}

    /**
     * 502 with an empty body at once, and the platform goes on by itself and does what was asked this much later. Of any operation
     * but the toolbox's.
     */
    record LateCommit(Duration delay) implements Fault {}

    /** The connection is reset instead of an answer. Of any operation. */
    record Reset(boolean committed) implements Fault {}

    /** The answer is never sent. Of any operation. */
    record NoAnswer(boolean committed) implements Fault {}

    /** The sandbox does not start: state {@code error}, and 400 "Sandbox failed to start" without its id. Of a create. */
    record FailedStart(String reason) implements Fault {}

    /** The create answers with the sandbox as it was inserted, {@code creating}, though it is started. Of a create. */
    record StaleAnswer() implements Fault {}

    /**
     * The create answers at once with {@code pending_build}; then {@code building_snapshot}, {@code pulling_snapshot} and
     * {@code creating}. Of a create.
     *
     * @param step how long each of these states lasts
     */
    record PendingBuild(Duration step) implements Fault {}

    /** The sandbox is missing from lists for a while. Of a create. */
    record ListLag(Duration lag) implements Fault {}

    /** The sandbox cannot be found by its name for a while. Of a create. */
    record NameLag(Duration lag) implements Fault {}

    /** The sandbox says for a while that it is in a state that no client knows. Of a create. */
    record UnknownState(String state, Duration lag) implements Fault {}

    /**
     * The daemon in the sandbox is killed: this request gets 502, later ones 400 "no IP address found", and the sandbox says
     * {@code started} for a while, then {@code stopped}. Of a toolbox operation.
     */
    record DaemonDeath(Duration untilStopped) implements Fault {}
}
