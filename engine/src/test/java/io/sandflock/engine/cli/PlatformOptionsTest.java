/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.InvalidInputException;
import io.sandflock.SandboxSpec;
import io.sandflock.engine.local.Substrate;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class PlatformOptionsTest {

    @Test
    void onlyWhatNeedsAnImageIsMadeOnDockerUnlessTheUserSaysSo() {
        assertThat(chosen(SandboxSpec.defaultSnapshot())).isEqualTo("namespace");
        assertThat(chosen(SandboxSpec.snapshot("mine"))).isEqualTo("namespace");
        assertThat(chosen(SandboxSpec.defaultSnapshot(), SandboxSpec.image("a:1")))
                .isEqualTo("docker");
        assertThat(chosen(new SandboxSpec.Dockerfile(Path.of("Dockerfile")))).isEqualTo("docker");
        assertThat(chosen(new SandboxSpec.Compose(Path.of("compose.yaml")))).isEqualTo("docker");
        assertThat(options("--local", "namespace")
                        .toMake(Stream.of(SandboxSpec.image("a:1")))
                        .substrate(Map.of())
                        .name())
                .isEqualTo("namespace");
        assertThat(options("--local", "docker").substrate(Map.of()).name()).isEqualTo("docker");
    }

    @Test
    void theEngineIsTheOneOfDockerHostWhichMustBeAUnixSocket() {
        assertThat(options("--local", "docker").substrate(Map.of()).isolation())
                .contains("unix:///var/run/docker.sock");
        assertThat(options("--local", "docker")
                        .substrate(Map.of("DOCKER_HOST", "unix:///tmp/mine.sock"))
                        .isolation())
                .contains("unix:///tmp/mine.sock");
        assertThatThrownBy(() -> options("--local", "docker").substrate(Map.of("DOCKER_HOST", "tcp://host:2375")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("tcp://host:2375")
                .hasMessageContaining("unix:///");
    }

    @Test
    void privilegedSnapshotsAreSaidAndCanBeForbidden() {
        assertThat(options("--local", "docker").substrate(Map.of()).isolation())
                .contains("inspect-dind-*", "PRIVILEGED");
        Substrate none =
                options("--local", "docker", "--privileged-snapshots", "none").substrate(Map.of());
        assertThat(none.isolation())
                .contains("no sandbox may hold a Docker daemon")
                .doesNotContain("PRIVILEGED");
    }

    private static String chosen(SandboxSpec... specs) {
        return new PlatformOptions()
                .toMake(Stream.of(specs))
                .substrate(Map.of())
                .name();
    }

    private static PlatformOptions options(String... arguments) {
        PlatformOptions options = new PlatformOptions();
        new CommandLine(new Command(options))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .parseArgs(arguments);
        return options;
    }

    @CommandLine.Command
    private static final class Command {

        @CommandLine.Mixin
        private final PlatformOptions platform;

        Command(PlatformOptions platform) {
            this.platform = platform;
        }
    }
}
