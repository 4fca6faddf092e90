/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The contract on the namespaces of a user without rights: a JVM as {@code nobody} runs it. */
class UnprivilegedContractTest {

    private static final String NOBODY = "65534";

    @Test
    @Timeout(value = 600, unit = TimeUnit.SECONDS)
    void theContractHoldsWithoutRights(@TempDir Path folder) throws Exception {
        assumeTrue(
                "0".equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString()),
                "only root becomes nobody; NamespaceContractTest itself is unprivileged then");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path state = Files.createDirectory(folder.resolve("state"));
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwxrwxrwx"));
        Process process = start(folder, state);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        System.out.println(output);

        assertThat(process.waitFor()).as(output).isZero();
    }

    private static Process start(Path folder, Path state) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+EnableDynamicAgentLoading",
                "-XX:+AllowRedefinitionToAddDeleteMethods",
                "-Dio.netty.leakDetection.level=paranoid",
                "-Duser.home=" + state,
                "-Djava.io.tmpdir=" + state,
                "-cp",
                readable(folder),
                ContractLauncher.class.getName(),
                NamespaceContractTest.class.getName()));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).directory(state.toFile());
        builder.environment().put("HOME", state.toString());
        builder.environment().remove("XDG_STATE_HOME");
        return builder.start();
    }

    // The local Maven repository may be in a home that nobody else can enter.
    private static String readable(Path folder) throws IOException {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":")) {
            Path path = Path.of(entry);
            if (Files.isRegularFile(path)) {
                Path copy = folder.resolve(entries.size() + "-" + path.getFileName());
                Files.copy(path, copy);
                entries.add(copy.toString());
            } else {
                entries.add(entry);
            }
        }
        return String.join(":", entries);
    }
}
