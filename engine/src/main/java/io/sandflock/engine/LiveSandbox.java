/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.Environment;
import io.sandflock.Sandbox;
import io.sandflock.engine.platform.SandboxInfo;
import java.util.Map;

/** A started sandbox that is one environment. */
record LiveSandbox(String id, String name, Environment environment) implements Sandbox {

    private static final String DEFAULT = "default";

    static LiveSandbox of(SandboxInfo info, Engineering engineering) {
        return new LiveSandbox(
                info.id(), info.name(), engineering.environments().environment(DEFAULT, info, engineering.platform()));
    }

    @Override
    public Map<String, Environment> environments() {
        return Map.of(environment.name(), environment);
    }
}
