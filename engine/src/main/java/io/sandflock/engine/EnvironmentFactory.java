/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.Environment;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.SandboxInfo;

/** Makes the environment that is a sandbox itself. Makes no request. */
@FunctionalInterface
public interface EnvironmentFactory {

    /** @param name the environment's name */
    Environment environment(String name, SandboxInfo sandbox, Platform platform);
}
