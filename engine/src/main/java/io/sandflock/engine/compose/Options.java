/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.plan.SandboxOptions;
import io.sandflock.engine.platform.CreateSandbox;
import java.util.Map;
import java.util.Optional;

/** What {@code x-daytona} says, with what the services say. */
final class Options {

    private Options() {}

    static SandboxOptions of(
            XDaytona daytona,
            Optional<String> user,
            Map<String, String> env,
            boolean networkBlockAll,
            CreateSandbox.Resources resources) {
        return new SandboxOptions(
                user,
                env,
                daytona.labels(),
                networkBlockAll,
                daytona.networkAllowList(),
                daytona.isPublic(),
                daytona.ephemeral(),
                daytona.language(),
                daytona.timeout(),
                resources,
                new CreateSandbox.Intervals(daytona.autoStop(), daytona.autoArchive(), daytona.autoDelete()));
    }
}
