/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Environment;
import io.sandflock.testkit.EnvironmentContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;

/**
 * The contract on namespaces, through the whole wire. With a JVM of root the sandbox has a user and a root; otherwise it has a single
 * user, see {@link UnprivilegedContractTest}.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class NamespaceContractTest implements EnvironmentContract {

    private static HeldSandbox sandbox;

    @BeforeAll
    static void start() {
        sandbox = HeldSandbox.onNamespaces();
    }

    @AfterAll
    static void stop() {
        // What executions leave in a sandbox that lives on.
        assertThat(sandbox.leftovers()).isEmpty();
        assertThat(sandbox.close()).isZero();
    }

    @Override
    public Environment environment() {
        return sandbox.environment();
    }

    @Override
    public String platform() {
        return "namespace, " + (rootIsReachable() ? "JVM as root" : "JVM unprivileged");
    }

    @Override
    public boolean defaultUserIsRoot() {
        return false;
    }

    @Override
    public boolean rootIsReachable() {
        try {
            return "0"
                    .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")
                            .toString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
