/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sandflock.Environment;
import io.sandflock.engine.exec.ShellToolbox.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;

/** The contract on the shells that there are. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ShellEnvironmentTest {

    @Nested
    class Bash extends OnAShell {
        Bash() {
            super(List.of("/bin/bash"), Map.of(), "/bin/bash");
        }
    }

    @Nested
    class Zsh extends OnAShell {
        Zsh() {
            super(List.of("/usr/bin/zsh"), Map.of(), "/usr/bin/zsh");
        }
    }

    @Nested
    class Dash extends OnAShell {
        Dash() {
            super(List.of("/bin/dash"), Map.of(), "/bin/dash");
        }
    }

    @Nested
    class BashAsSh extends OnAShell {
        BashAsSh() {
            super(ShellToolbox.flavor("/bin/bash", "/bin/bash"), Map.of(), "/bin/bash");
        }
    }

    @Nested
    class BusyBox extends OnAShell {
        BusyBox() {
            super(ShellToolbox.flavor("/bin/sh", "/bin/busybox"), busyBoxTools(), "/bin/busybox");
        }
    }

    private static Map<String, String> busyBoxTools() {
        if (!Files.exists(Path.of("/bin/busybox"))) {
            return Map.of();
        }
        try {
            Path tools = Files.createTempDirectory("sandflock-busybox");
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

    abstract static class OnAShell implements EnvironmentContract {

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
            assumeTrue(Files.exists(Path.of(program)), program + " is not installed");
        }

        @AfterEach
        void nothingIsLeft() {
            environment.closeLater().block(PATIENCE);
            assertThat(toolbox.texts).isNotEmpty();
            assertThat(StateDirectories.of(toolbox)).isEmpty();
        }

        @Override
        public Environment environment() {
            return environment;
        }
    }
}
