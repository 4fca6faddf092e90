/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Absolute paths of the host's programs that sandboxes are made with. */
final class Programs {

    private static final List<String> FOLDERS = List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin");
    private static final List<String> NEEDED =
            List.of("unshare", "nsenter", "setpriv", "setsid", "mount", "cp", "rm", "chmod", "find", "mknod", "sh");

    private final Map<String, String> paths;

    private Programs(Map<String, String> paths) {
        this.paths = paths;
    }

    /** Looks them up; blocks. */
    static Programs find() {
        Map<String, String> found = new HashMap<>();
        List<String> missing = new ArrayList<>();
        for (String name : NEEDED) {
            FOLDERS.stream()
                    .map(folder -> folder + "/" + name)
                    .filter(path -> Files.isExecutable(Path.of(path)))
                    .findFirst()
                    .ifPresentOrElse(path -> found.put(name, path), () -> missing.add(name));
        }
        if (!missing.isEmpty()) {
            throw new PermanentException(
                    ErrorCode.UNSUPPORTED,
                    "the namespace substrate needs Linux with util-linux and coreutils; not found in /usr/bin or /usr/sbin: "
                            + String.join(", ", missing) + ". Install util-linux, or choose another substrate",
                    ErrorContext.NONE);
        }
        return new Programs(Map.copyOf(found));
    }

    String path(String name) {
        String path = paths.get(name);
        if (path == null) {
            throw new IllegalArgumentException("not one of the programs looked up: " + name);
        }
        return path;
    }
}
