/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What of sandboxes can be seen on the host.
 *
 * @param mounts mounts of the host
 * @param processes processes whose arguments have the text looked for
 * @param cgroups cgroups of sandboxes of these instances
 */
record HostLook(Set<String> mounts, long processes, long cgroups) {

    /** Other tests have containers meanwhile. */
    private static final Pattern OF_A_DOCKER_ENGINE =
            Pattern.compile("^\\S+ /(run|var/run|var/lib)/\\S*/(netns|overlay2|containers)/");

    /** What is there and was not before. Mounts of others may have gone meanwhile: they are no business of a sandbox's. */
    List<String> leftSince(HostLook before) {
        List<String> left = new ArrayList<>(mounts);
        left.removeAll(before.mounts);
        if (processes > 0) {
            left.add(processes + " processes");
        }
        if (cgroups > 0) {
            left.add(cgroups + " cgroups");
        }
        return left;
    }

    /** Looks for processes and cgroups that have one of the texts in their names. */
    static HostLook at(List<String> texts) throws IOException {
        Set<String> mounts = Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .filter(line -> !OF_A_DOCKER_ENGINE.matcher(line).find())
                .collect(Collectors.toSet());
        long processes;
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            processes = all.filter(path -> path.getFileName().toString().matches("[0-9]+"))
                    .filter(path ->
                            !path.endsWith(Long.toString(ProcessHandle.current().pid())))
                    .filter(path -> has(read(path.resolve("cmdline")), texts))
                    .count();
        }
        long cgroups = cgroups(name -> name.startsWith("sandflock-") && has(name, texts))
                .size();
        return new HostLook(mounts, processes, cgroups);
    }

    private static boolean has(String text, List<String> texts) {
        return texts.stream().anyMatch(text::contains);
    }

    private static String read(Path path) {
        try {
            return Files.readString(path, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /** Names of instances in a state folder. */
    static List<String> instances(Path state) throws IOException {
        try (Stream<Path> entries = Files.list(state)) {
            return entries.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("[0-9a-f]{8}"))
                    .toList();
        }
    }

    /** How many processes of one sandbox the kernel killed because its cgroup was full. */
    static long outOfMemoryKills(String id) throws IOException {
        return cgroups(name -> name.matches("sandflock-[0-9a-f]{8}-" + id)).stream()
                .flatMap(group ->
                        Stream.of("memory.events", "memory.oom_control").map(group::resolve))
                .flatMap(file -> read(file).lines())
                .filter(line -> line.startsWith("oom_kill "))
                .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length())))
                .sum();
    }

    /** What the cgroups of one sandbox allow. */
    static List<String> limits(String name) throws IOException {
        return cgroups(("sandflock-" + name)::equals).stream()
                .flatMap(group -> Stream.of("memory.max", "memory.limit_in_bytes", "pids.max")
                        .map(group::resolve))
                .filter(Files::exists)
                .map(file -> file.getFileName() + " " + read(file).strip())
                .sorted()
                .toList();
    }

    /** Cgroups by name. What other programs' sandboxes had and lost meanwhile is passed over. */
    private static List<Path> cgroups(Predicate<String> name) throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(Path.of("/sys/fs/cgroup"), Set.of(), 6, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                if (name.test(folder.getFileName().toString())) {
                    found.add(folder);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException gone) {
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }
}
