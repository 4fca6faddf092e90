/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.ErrorCode;
import io.sandflock.PermanentException;
import io.sandflock.RunEvent;
import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.plan.SandboxPlan;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.snapshot.ImageMemory;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/** What the sandboxes of one run have in common before they are asked for: plans, snapshots, and what people are told once. */
final class Preparation {

    private final Engineering engineering;
    private final ImageMemory memory;
    private final Set<String> said = ConcurrentHashMap.newKeySet();

    /** @param memory whether what was read and what failed is kept in mind, as long as this object is */
    Preparation(Engineering engineering, ImageMemory memory) {
        this.engineering = engineering;
        this.memory = memory;
    }

    /** The sandbox of a sample, with something to make it from. */
    Mono<Prepared> of(SandboxSpec spec, Sample sample, Consumer<? super RunEvent> events) {
        return made(engineering.planner().plan(spec, sample), events);
    }

    /** The sandbox of nobody's, and one alone. */
    Mono<Prepared> of(SandboxSpec spec, Consumer<? super RunEvent> events) {
        return made(engineering.planner().plan(spec).map(SandboxPlan::alone), events);
    }

    private Mono<Prepared> made(Mono<SandboxPlan> resolved, Consumer<? super RunEvent> events) {
        return resolved.doOnNext(plan -> warn(plan, events))
                .flatMap(plan -> engineering
                        .sources()
                        .resolve(plan.base(), plan.options().resources(), memory, events)
                        .doOnNext(found -> found.warnings().forEach(warning -> warn(warning, events)))
                        .map(found -> new Prepared(plan, found.source())));
    }

    /** The error of a create, which may say that its snapshot went away meanwhile: then the next preparation looks again. */
    Throwable lost(Prepared prepared, Throwable error) {
        if (error instanceof PermanentException refusal
                && (refusal.code() == ErrorCode.NOT_FOUND || refusal.code() == ErrorCode.SNAPSHOT_FAILED)
                && prepared.source() instanceof CreateSandbox.Source.Snapshot snapshot
                && snapshot.name() != null) {
            engineering.sources().forget(snapshot);
            return new LostSnapshotException(refusal);
        }
        return error;
    }

    private void warn(SandboxPlan plan, Consumer<? super RunEvent> events) {
        plan.warnings().forEach(warning -> warn(warning, events));
        Backstop.warnings(plan.options()).forEach(warning -> warn(warning, events));
    }

    private void warn(String warning, Consumer<? super RunEvent> events) {
        if (said.add(warning)) {
            events.accept(new RunEvent.Warning(warning));
        }
    }
}
