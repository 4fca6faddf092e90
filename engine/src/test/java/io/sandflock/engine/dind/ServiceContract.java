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
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a service of one image, through the whole wire, next to another service. */
@Tag("docker")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(DockerEngine.class)
abstract class ServiceContract implements EnvironmentContract {

    private final String image;
    private DaemonBench bench;
    private DaemonBench.Held<Sandbox> services;

    ServiceContract(String image) {
        this.image = image;
    }

    @BeforeAll
    void start(@TempDir Path state) {
        bench = new DaemonBench(state);
        services = bench.up(new Projects()
                .service("main", image)
                .service("other", DockerEngine.BUSYBOX)
                .project());
    }

    @AfterAll
    void stop() {
        if (services != null) {
            services.close();
        }
        if (bench != null) {
            bench.close();
        }
    }

    @Override
    public Environment environment() {
        return services.get().environment();
    }

    @Override
    public String platform() {
        return "a service of " + image + " in Docker-in-Docker";
    }
}
