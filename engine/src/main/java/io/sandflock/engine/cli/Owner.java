/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Whose sandboxes these are. An organization is shared: the label keeps one person's clean-up from another's run.
 */
final class Owner {

    private Owner() {}

    /** {@code SANDFLOCK_OWNER}, else {@code user@host}. */
    static String of(Map<String, String> environment) {
        String given = environment.getOrDefault("SANDFLOCK_OWNER", "").strip();
        return given.isEmpty() ? System.getProperty("user.name", "unknown") + "@" + host(environment) : given;
    }

    private static String host(Map<String, String> environment) {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            // Not Linux. HOSTNAME is a shell's variable and may be missing: then the user's name has to be enough.
            return environment.getOrDefault("HOSTNAME", "localhost");
        }
    }
}
