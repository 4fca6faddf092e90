/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.engine.local.process.HostCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Absolute paths of the host's programs that sandboxes are made with. */
final class Programs {

    private static final List<String> FOLDERS = List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin");
    private static final Map<String, List<String>> PACKAGES = Map.of(
            "util-linux", List.of("unshare", "nsenter", "setpriv", "setsid"),
            "mount", List.of("mount"),
            "coreutils", List.of("cp", "rm", "chmod", "mknod"),
            "findutils", List.of("find"),
            "a shell such as dash", List.of("sh"));
    // The sandbox's own, for its sudo.
    private static final Map<String, List<String>> PRIVILEGED = Map.of("util-linux", List.of("su"));
    private static final Map<String, List<String>> UNPRIVILEGED = Map.of("hostname", List.of("hostname"));
    private static final Map<String, List<String>> BLOCKED_NETWORK = Map.of("iproute2", List.of("ip"));

    private static final Map<String, List<String>> IGNORED_SIGNALS = Map.of("coreutils", List.of("env"));

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.local");

    private final Map<String, String> paths;
    private final List<String> missingForBlockedNetwork;
    private final List<String> defaultSignals;

    private Programs(Map<String, String> paths, List<String> missingForBlockedNetwork, List<String> defaultSignals) {
        this.paths = paths;
        this.missingForBlockedNetwork = missingForBlockedNetwork;
        this.defaultSignals = defaultSignals;
    }

    /** Looks up on this host; blocks. Errors when one is missing that no sandbox can do without. */
    static Programs find(boolean privileged) throws IOException {
        return find(FOLDERS, privileged, areSignalsIgnored());
    }

    /** Looks up in some folders. */
    static Programs find(List<String> folders, boolean privileged, boolean signalsAreIgnored) throws IOException {
        Map<String, String> found = new HashMap<>();
        List<String> missing = new ArrayList<>(lookUp(folders, PACKAGES, found));
        missing.addAll(lookUp(folders, privileged ? PRIVILEGED : UNPRIVILEGED, found));
        if (!missing.isEmpty()) {
            throw unsupported(folders, missing);
        }
        List<String> missingForBlockedNetwork = List.copyOf(lookUp(folders, BLOCKED_NETWORK, found));
        return new Programs(
                Map.copyOf(found),
                missingForBlockedNetwork,
                signalsAreIgnored ? defaultSignals(folders, found) : List.of());
    }

    // Bit n is signal n + 1; from 32 on they are the C library's own, which ignores some in what a JVM starts.
    private static boolean areSignalsIgnored() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 0x7fffffff) != 0);
    }

    // Neither a JVM nor a shell can undo it, and BusyBox's env does not.
    private static List<String> defaultSignals(List<String> folders, Map<String, String> found) throws IOException {
        if (lookUp(folders, IGNORED_SIGNALS, found).isEmpty()) {
            List<String> words = List.of(found.getOrDefault("env", ""), "--default-signal");
            if (HostCommand.run(Stream.concat(words.stream(), Stream.of("true")).toList())
                            .exitCode()
                    == 0) {
                return words;
            }
        }
        LOG.warn(
                "This JVM was started to ignore signals, by nohup or in a shell's background, and what runs in its sandboxes"
                        + " ignores them too: an env that knows --default-signal (coreutils) would undo that, and is not there");
        return List.of();
    }

    // What is missing, with the package to install.
    private static List<String> lookUp(
            List<String> folders, Map<String, List<String>> packages, Map<String, String> found) {
        List<String> missing = new ArrayList<>();
        new TreeMap<>(packages)
                .forEach((name, programs) -> programs.forEach(program -> folders.stream()
                        .map(folder -> folder + "/" + program)
                        .filter(path -> Files.isExecutable(Path.of(path)))
                        .findFirst()
                        .ifPresentOrElse(
                                path -> found.put(program, path), () -> missing.add(program + " (" + name + ")"))));
        return missing;
    }

    private static PermanentException unsupported(List<String> folders, List<String> missing) {
        return new PermanentException(
                ErrorCode.UNSUPPORTED,
                "the namespace substrate needs Linux and these programs, which are not in " + String.join(", ", folders)
                        + ": " + String.join(", ", missing)
                        + ". Install the packages named in brackets (names as in Debian), or choose another substrate",
                ErrorContext.NONE);
    }

    /** What a sandbox without a network cannot be made for want of; empty when it can. */
    List<String> missingForBlockedNetwork() {
        return missingForBlockedNetwork;
    }

    /**
     * What the way into a sandbox begins with, so that a command there does not ignore what this JVM was started to ignore; empty when that
     * is nothing.
     */
    List<String> defaultSignals() {
        return defaultSignals;
    }

    String path(String name) {
        String path = paths.get(name);
        if (path == null) {
            throw new IllegalArgumentException("not one of the programs looked up: " + name);
        }
        return path;
    }
}
