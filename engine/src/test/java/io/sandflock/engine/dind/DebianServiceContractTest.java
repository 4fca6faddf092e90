/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import io.sandflock.Environment;
import io.sandflock.Sandbox;
import io.sandflock.engine.local.docker.DockerEngine;
import io.sandflock.testkit.EnvironmentContract;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a service with Debian's tools, through the whole wire, next to another service. */
@Tag("docker")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class DebianServiceContractTest implements EnvironmentContract {

    @RegisterExtension
    static final DockerEngine ENGINE = new DockerEngine();

    @TempDir
    static Path state;

    private static DaemonBench bench;
    private static DaemonBench.Held<Sandbox> services;

    @BeforeAll
    static void start() {
        bench = new DaemonBench(state);
        services = bench.up(new Projects()
                .service("main", DockerEngine.DEBIAN)
                .service("other", DockerEngine.BUSYBOX)
                .project());
    }

    @AfterAll
    static void stop() {
        services.close();
        bench.close();
    }

    @Override
    public Environment environment() {
        return services.get().environment();
    }

    @Override
    public String platform() {
        return "a service in Docker-in-Docker, with Debian's tools";
    }

    @Override
    public boolean defaultUserIsRoot() {
        return false;
    }

    @Override
    public boolean rootIsReachable() {
        return true;
    }
}
