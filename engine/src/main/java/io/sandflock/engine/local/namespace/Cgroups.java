/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Memory and process limits by cgroups of version 1 or 2, where they may be written. All methods block. */
final class Cgroups {

    private static final Path MOUNT = Path.of("/sys/fs/cgroup");
    private static final String PREFIX = "sandflock-";
    private static final long GIB = 1L << 30;

    private final List<Parent> parents;
    private final boolean unified;

    private Cgroups(List<Parent> parents, boolean unified) {
        this.parents = parents;
        this.unified = unified;
    }

    /** Finds where cgroups can be made; none when they cannot. */
    static Cgroups find() {
        List<Parent> found = new ArrayList<>();
        boolean unified = Files.exists(MOUNT.resolve("cgroup.controllers"));
        try {
            if (unified) {
                String enabled = Files.readString(MOUNT.resolve("cgroup.subtree_control"));
                if (enabled.contains("memory") && enabled.contains("pids") && Files.isWritable(MOUNT)) {
                    found.add(new Parent("both", MOUNT));
                }
            } else {
                for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
                    String[] fields = line.split(":", 3);
                    if (fields.length == 3 && (fields[1].equals("memory") || fields[1].equals("pids"))) {
                        Path own = MOUNT.resolve(fields[1] + fields[2]).normalize();
                        Path parent = Files.isDirectory(own) ? own : MOUNT.resolve(fields[1]);
                        if (Files.isWritable(parent)) {
                            found.add(new Parent(fields[1], parent));
                        }
                    }
                }
            }
        } catch (IOException e) {
            found.clear();
        }
        return new Cgroups(List.copyOf(found), unified);
    }

    boolean limitMemory() {
        return parents.stream().anyMatch(parent -> !parent.controller().equals("pids"));
    }

    /** Makes a sandbox's cgroups. */
    List<Path> create(String instance, String id, double memoryGib, int processes) throws IOException {
        List<Path> groups = new ArrayList<>();
        for (Parent parent : parents) {
            Path group = parent.folder().resolve(PREFIX + instance + "-" + id);
            if (!Files.isDirectory(group)) {
                Files.createDirectory(group);
            }
            groups.add(group);
            if (!parent.controller().equals("pids") && memoryGib > 0) {
                String file = unified ? "memory.max" : "memory.limit_in_bytes";
                Files.writeString(group.resolve(file), Long.toString((long) (memoryGib * GIB)));
            }
            if (!parent.controller().equals("memory")) {
                Files.writeString(group.resolve("pids.max"), Integer.toString(processes));
            }
        }
        return List.copyOf(groups);
    }

    /** Removes cgroups whose processes are gone. */
    static void remove(List<Path> groups) throws IOException {
        for (Path group : groups) {
            for (int attempt = 0; ; attempt++) {
                try {
                    Files.deleteIfExists(group);
                    break;
                } catch (IOException e) {
                    if (attempt == 2_000) {
                        throw e;
                    }
                    pause();
                }
            }
        }
    }

    // The kernel counts a process as a member until it was reaped, a moment after its end was seen.
    private static void pause() throws IOException {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** All cgroups of an instance. */
    List<Path> ofInstance(String instance) throws IOException {
        List<Path> groups = new ArrayList<>();
        for (Parent parent : parents) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent.folder(), PREFIX + instance + "-*")) {
                entries.forEach(groups::add);
            }
        }
        return groups;
    }

    private record Parent(String controller, Path folder) {}
}
