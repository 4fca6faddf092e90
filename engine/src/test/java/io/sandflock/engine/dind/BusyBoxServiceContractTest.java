/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Environment;
import io.sandflock.ExecRequest;
import io.sandflock.Sandbox;
import io.sandflock.engine.local.docker.DockerEngine;
import io.sandflock.testkit.EnvironmentContract;
import io.sandflock.testkit.InspectCheck;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a service with BusyBox's tools, through the whole wire, next to another service. */
@Tag("docker")
@Tag("by-hand")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class BusyBoxServiceContractTest implements EnvironmentContract {

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
                .service("main", DockerEngine.BUSYBOX)
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
        return "a service in Docker-in-Docker, with BusyBox's tools";
    }

    @Override
    public boolean defaultUserIsRoot() {
        return true;
    }

    @Override
    public boolean rootIsReachable() {
        return true;
    }

    /** BusyBox as Debian builds it has neither {@code adduser} nor {@code userdel}: the files are what they would change. */
    @Test
    @InspectCheck(39)
    @Override
    public void aUserThatRootAddsRunsCommands() {
        out(
                "echo added:x:1234:1234::/home/added:/bin/sh >>/etc/passwd; mkdir /home/added; chown 1234:1234 /home/added");
        assertThat(exec(ExecRequest.builder(List.of("sh", "-c", "whoami; echo $HOME"))
                                .user("added")
                                .build())
                        .stdout()
                        .text())
                .isEqualTo("added\n/home/added\n");
        out("sed -i /^added:/d /etc/passwd; rm -rf /home/added");
    }
}
