/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How {@link NamespaceSubstrate} works.
 *
 * @param stateFolders folders that may hold the sandboxes' files, in order of preference: the first that can is used. Each must be a real
 *     disk's or a tmpfs, outside of {@code /usr}, {@code /etc} and {@code /opt}
 * @param files what gives access to a machine's files
 * @param processLimit processes and threads of one sandbox, where cgroups can be used
 * @param keptReady how long a sandbox is kept ready for the next creation like the last one; zero for none. It is one at the most, and no
 *     sandbox until then: it has no id, and nothing was run in it
 */
public record NamespaceOptions(
        List<Path> stateFolders, Function<Machine, MachineFiles> files, int processLimit, Duration keptReady) {

    /** 4,096: false failures of parallel commands begin far below, at about 100. */
    public static final int DEFAULT_PROCESS_LIMIT = 4096;

    /** A minute. */
    public static final Duration DEFAULT_KEPT_READY = Duration.ofMinutes(1);

    /** Copies and checks. */
    public NamespaceOptions {
        stateFolders = List.copyOf(stateFolders);
        Objects.requireNonNull(files, "files");
        if (keptReady.isNegative()) {
            throw new IllegalArgumentException("a sandbox cannot be kept ready for " + keptReady);
        }
        if (stateFolders.isEmpty() || processLimit < 16) {
            throw new IllegalArgumentException("needs a state folder and a process limit of at least 16, got "
                    + stateFolders + " and " + processLimit);
        }
    }

    /** The user's state folder, else the temporary folder; {@value #DEFAULT_PROCESS_LIMIT} processes; one is kept ready for a minute. */
    public static NamespaceOptions defaults(Function<Machine, MachineFiles> files) {
        List<Path> folders = new ArrayList<>();
        @Nullable String state = System.getenv("XDG_STATE_HOME");
        @Nullable String home = System.getenv("HOME");
        if (state != null && state.startsWith("/")) {
            folders.add(Path.of(state, "sandflock", "local"));
        } else if (home != null && home.startsWith("/")) {
            folders.add(Path.of(home, ".local", "state", "sandflock", "local"));
        }
        String user = System.getProperty("user.name", "user").replaceAll("[^A-Za-z0-9]", "-");
        folders.add(Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "sandflock-local-" + user));
        return new NamespaceOptions(folders, files, DEFAULT_PROCESS_LIMIT, DEFAULT_KEPT_READY);
    }

    /** These, with one sandbox kept ready for so long, or none. */
    public NamespaceOptions withKeptReady(Duration time) {
        return new NamespaceOptions(stateFolders, files, processLimit, time);
    }
}
