/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.RunEvent;
import io.sandflock.Sample;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.plan.Base;
import io.sandflock.engine.plan.SandboxPlan;
import io.sandflock.engine.platform.CreateSandbox;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/** What the sandboxes of one run have in common before they are asked for: plans, snapshots, and what people are told once. */
final class Preparation {

    private final Engineering engineering;
    private final Set<String> said = ConcurrentHashMap.newKeySet();

    Preparation(Engineering engineering) {
        this.engineering = engineering;
    }

    /** The sandbox of a sample, with something to make it from. */
    Mono<Prepared> of(SandboxSpec spec, Sample sample, Consumer<? super RunEvent> events) {
        return made(engineering.planner().plan(spec, sample), events);
    }

    /** The sandbox of nobody's. */
    Mono<Prepared> of(SandboxSpec spec, Consumer<? super RunEvent> events) {
        return made(engineering.planner().plan(spec), events);
    }

    private Mono<Prepared> made(Mono<SandboxPlan> resolved, Consumer<? super RunEvent> events) {
        return resolved.doOnNext(plan -> warn(plan, events))
                .flatMap(plan -> engineering.sources().resolve(plan.base()).map(source -> new Prepared(plan, source)));
    }

    private void warn(SandboxPlan plan, Consumer<? super RunEvent> events) {
        plan.warnings().forEach(warning -> warn(warning, events));
        if (isNamed(plan.base()) && !plan.options().resources().equals(CreateSandbox.Resources.DEFAULT)) {
            warn("a sandbox from a snapshot has the snapshot's own resources; those asked for are ignored", events);
        }
        Backstop.warnings(plan.options()).forEach(warning -> warn(warning, events));
    }

    private void warn(String warning, Consumer<? super RunEvent> events) {
        if (said.add(warning)) {
            events.accept(new RunEvent.Warning(warning));
        }
    }

    private static boolean isNamed(Base base) {
        return base instanceof Base.Snapshot || base instanceof Base.DefaultSnapshot;
    }
}
