/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Environment;
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

/** The contract in a container of one image, through the whole wire. */
@Tag("docker")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(DockerEngine.class)
abstract class DockerContract implements EnvironmentContract {

    private final String image;
    private HeldSandbox sandbox;

    DockerContract(String image) {
        this.image = image;
    }

    @BeforeAll
    void start(@TempDir Path state) {
        sandbox = HeldSandbox.on(
                DockerEngine.substrate(getClass(), DockerEngine.options(state).withDefaultImage(image)));
    }

    @AfterAll
    void stop() {
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
        return "docker, " + image;
    }
}
