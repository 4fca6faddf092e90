/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sandflock.Environment;
import io.sandflock.engine.exec.ShellToolbox.Fault;
import io.sandflock.testkit.EndingClaims;
import io.sandflock.testkit.EnvironmentContract;
import io.sandflock.testkit.EnvironmentUnderTest;
import io.sandflock.testkit.ExecClaims;
import io.sandflock.testkit.InputClaims;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The contract on the shells that there are: all of it on those that are {@code sh}, and what comes and goes on those that only start it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ShellEnvironmentTest {

    @TempDir
    static Path folder;

    /** One of the tests' own, where an installed one would become the shell of the machine's sandboxes. */
    private static final String ZSH = System.getenv().getOrDefault("SANDFLOCK_TEST_ZSH", "/usr/bin/zsh");

    @Nested
    @Tag("every-shell")
    class Bash extends OnAShell implements ExecClaims, InputClaims, EndingClaims {
        Bash() {
            super(List.of("/bin/bash"), Map.of(), "/bin/bash");
        }
    }

    @Nested
    @Tag("every-shell")
    class Zsh extends OnAShell implements ExecClaims, InputClaims, EndingClaims {
        Zsh() {
            super(List.of(ZSH), Map.of(), ZSH);
        }
    }

    @Nested
    class Dash extends OnAShell implements EnvironmentContract {
        Dash() {
            super(List.of("/bin/dash"), Map.of(), "/bin/dash");
        }
    }

    @Nested
    @Tag("every-shell")
    class BashAsSh extends OnAShell implements EnvironmentContract {
        BashAsSh() {
            super(ShellToolbox.flavor("/bin/bash", "/bin/bash"), Map.of(), "/bin/bash");
        }
    }

    @Nested
    @Tag("every-shell")
    class BusyBox extends OnAShell implements EnvironmentContract {
        BusyBox() {
            super(ShellToolbox.flavor("/bin/sh", "/bin/busybox"), busyBoxTools(), "/bin/busybox");
        }
    }

    private static Map<String, String> busyBoxTools() {
        if (!Files.exists(Path.of("/bin/busybox"))) {
            return Map.of();
        }
        try {
            Path tools = folder.resolve("busybox");
            if (Files.exists(tools)) {
                return Map.of("PATH", tools.toString());
            }
            // Users that commands are run as find them too.
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.setPosixFilePermissions(Files.createDirectory(tools), PosixFilePermissions.fromString("rwxr-xr-x"));
            new ProcessBuilder("/bin/busybox", "--install", "-s", tools.toString())
                    .start()
                    .waitFor();
            return Map.of("PATH", tools.toString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    abstract static class OnAShell implements EnvironmentUnderTest {

        private final String program;
        private final Path workDir = ShellToolbox.temporaryFolder();
        private final ShellToolbox toolbox;
        private final ToolboxEnvironment environment;

        OnAShell(List<String> shell, Map<String, String> env, String program) {
            this.program = program;
            this.toolbox = new ShellToolbox(shell, workDir, env, () -> Fault.NONE);
            this.environment = ToolboxEnvironment.create(
                    "default", "sb-1", toolbox, new ScriptedSandboxes(), ExecSettings.DEFAULT, new Random());
        }

        @BeforeEach
        void theShellIsThere() {
            boolean there = Files.exists(Path.of(program));
            assertThat(there || System.getenv("CI") == null)
                    .as("%s is there; CI brings it", program)
                    .isTrue();
            assumeTrue(there, program + " is not installed");
        }

        @AfterEach
        void nothingIsLeft() {
            environment.closeLater().block(PATIENCE);
            assertThat(toolbox.texts.isEmpty() ? List.of() : StateDirectories.of(toolbox))
                    .isEmpty();
        }

        @Override
        public Environment environment() {
            return environment;
        }

        @Override
        public String platform() {
            return "a shell of this machine, " + program;
        }

        @Override
        public boolean defaultUserIsRoot() {
            return ShellToolbox.isRoot();
        }

        @Override
        public boolean rootIsReachable() {
            return ShellToolbox.isRoot();
        }

        @Override
        public boolean machineIsItsOwn() {
            return false;
        }
    }
}
