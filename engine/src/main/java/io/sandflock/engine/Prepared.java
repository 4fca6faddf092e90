/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.engine.plan.SandboxOptions;
import io.sandflock.engine.plan.SandboxPlan;
import io.sandflock.engine.platform.CreateSandbox;
import java.time.Duration;

/**
 * A sandbox that can be asked for.
 *
 * @param plan what was asked for
 * @param source what it is made from: there, or built on the way
 */
record Prepared(SandboxPlan plan, CreateSandbox.Source source) {

    SandboxOptions options() {
        return plan.options();
    }

    /** The plan's own time for the create, else this one. */
    Duration createTimeout(Duration other) {
        return options().createTimeout().orElse(other);
    }
}
