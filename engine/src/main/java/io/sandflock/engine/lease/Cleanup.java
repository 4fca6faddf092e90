/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.SandboxInfo;
import io.sandflock.engine.platform.SandboxState;
import io.sandflock.engine.platform.Sandboxes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Finds and deletes sandboxes by their labels, with no run under way: for people who clean up. */
public final class Cleanup {

    private static final int AT_ONCE = 32;

    private final Sandboxes sandboxes;
    private final Deletion deletion;

    /** @param settings the time after which a sandbox that cannot be deleted is given up is {@link LeaseSettings#release()} */
    public Cleanup(Sandboxes sandboxes, LeaseSettings settings, Time time) {
        this.sandboxes = Objects.requireNonNull(sandboxes, "sandboxes");
        // Whoever cleans up is told by the result, so nobody keeps a list.
        this.deletion = new Deletion(
                sandboxes, new Pacer("lifecycle", OptionalInt.empty(), time), settings, time, leftOver -> {});
    }

    /**
     * Sandboxes that are there and not being destroyed. Lazy, page by page.
     *
     * @param owner whose; everybody's when empty, other tools' of Inspect included
     * @param run of this run only
     */
    public Flux<SandboxInfo> find(Optional<String> owner, Optional<String> run) {
        Map<String, String> labels = new HashMap<>();
        labels.put(Labels.CREATED_BY, "inspect-ai");
        owner.ifPresent(name -> labels.put(Labels.OWNER, name));
        run.ifPresent(id -> labels.put(Labels.RUN, id));
        return sandboxes
                .list(labels)
                .filter(sandbox ->
                        sandbox.state() != SandboxState.DESTROYING && sandbox.state() != SandboxState.DESTROYED);
    }

    /**
     * Deletes, 32 at once; one result for each, in any order. Cold. On cancel no further delete is sent. Never errors for a
     * sandbox that stays.
     */
    public Flux<Removal> delete(List<SandboxInfo> found) {
        return Flux.fromIterable(found).flatMap(this::delete, AT_ONCE, 1);
    }

    private Mono<Removal> delete(SandboxInfo sandbox) {
        return deletion.delete(sandbox.id(), sandbox.name(), IntentLog.NONE)
                .map(left -> new Removal(sandbox, left.map(LeftOver::reason)));
    }

    /** @param failure why the sandbox is left; empty when it is gone */
    public record Removal(SandboxInfo sandbox, Optional<String> failure) {}
}
