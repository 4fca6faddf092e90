/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.Environment;
import io.sandflock.Sandbox;
import io.sandflock.Stage;
import io.sandflock.engine.plan.SandboxPlan;
import io.sandflock.engine.platform.SandboxInfo;
import java.util.Map;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/** A started sandbox that is one environment. */
record LiveSandbox(String id, String name, Environment environment) implements Sandbox {

    /** The sandbox that was planned. Makes no request unless there are services to bring up. */
    static Mono<Sandbox> of(SandboxInfo info, SandboxPlan plan, Engineering engineering, Consumer<Stage> entered) {
        return plan.project().isPresent()
                ? engineering.projects().start(info, plan.project().get(), engineering.platform(), entered)
                : Mono.fromSupplier(() -> new LiveSandbox(
                        info.id(),
                        info.name(),
                        engineering.environments().environment(plan.environment(), info, engineering.platform())));
    }

    @Override
    public Map<String, Environment> environments() {
        return Map.of(environment.name(), environment);
    }
}
