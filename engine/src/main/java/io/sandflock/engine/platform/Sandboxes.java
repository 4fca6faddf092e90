/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Sandboxes of the organization. {@code idOrName} is an id where one is known: names are answered from caches that can be a
 * minute old.
 */
public interface Sandboxes {

    /**
     * Creates a sandbox. Never retried: after an error that leaves it open whether the sandbox exists
     * ({@link io.sandflock.TransientException} other than {@code RATE_LIMITED} and {@code QUOTA_EXCEEDED}), the caller finds out
     * by the name. {@link io.sandflock.ErrorCode#CONFLICT} says that the name exists.
     *
     * @return the sandbox as the platform described it at insertion: often still creating, never to be trusted as to its state
     *     unless that is started
     */
    Mono<SandboxInfo> create(CreateSandbox request);

    /** One sandbox; errors with {@link io.sandflock.ErrorCode#NOT_FOUND}. */
    Mono<SandboxInfo> get(String idOrName);

    /**
     * All sandboxes with all of these labels, page by page to the end, oldest first; a page is asked for only when it is wanted.
     * A platform may lag: one that was created just now can be missing.
     */
    Flux<SandboxInfo> list(Map<String, String> labels);

    /**
     * As {@link #list(Map)}, those in one of these states alone. For platforms whose lists cannot be asked so, it lists all.
     *
     * @param states not empty
     */
    default Flux<SandboxInfo> list(Map<String, String> labels, Set<SandboxState> states) {
        return list(labels).filter(sandbox -> states.contains(sandbox.state()));
    }

    /**
     * Deletes. Completes when the platform accepted it, and when there is no such sandbox. {@code CONFLICT}, transient, when a
     * state change is in progress.
     */
    Mono<Void> delete(String idOrName);

    /** Starts a stopped sandbox. */
    Mono<SandboxInfo> start(String idOrName);

    /**
     * Stops.
     *
     * @param force kill instead of a graceful stop
     */
    Mono<SandboxInfo> stop(String idOrName, boolean force);

    /** Replaces all labels. */
    Mono<Map<String, String>> replaceLabels(String idOrName, Map<String, String> labels);

    /** Sets the idle time until the platform stops it; rounded up to minutes, zero is never. */
    Mono<Void> setAutoStop(String idOrName, Duration idle);

    /** Sets the time after which the platform deletes it once it is stopped; rounded up to minutes, zero deletes it as it stops. */
    Mono<Void> setAutoDelete(String idOrName, Duration stopped);

    /**
     * Tells the platform that the sandbox is in use.
     *
     * @param id an id, not a name
     */
    Mono<Void> touch(String id);

    /** A command line that opens a shell by SSH; revokes the one given before. */
    Mono<SshAccess> sshAccess(String idOrName, Duration validFor);

    /** @param command for example {@code ssh token@ssh.app.daytona.io}: a secret until it expires */
    record SshAccess(String command, String expiresAt) {
        /** Never the token. */
        @Override
        public String toString() {
            return "SshAccess[***, expires " + expiresAt + "]";
        }
    }
}
