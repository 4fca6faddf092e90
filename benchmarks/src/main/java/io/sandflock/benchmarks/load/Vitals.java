/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a process holds at one moment.
 *
 * @param heap bytes that are reachable, after a collection
 * @param rss resident bytes
 * @param threads live ones, daemons included
 * @param descriptors open files, sockets not among them
 * @param sockets open sockets
 */
record Vitals(long heap, long rss, int threads, int descriptors, int sockets) {

    /** Of this process; asks for a collection. */
    static Vitals now() throws IOException {
        long heap = Figures.liveHeapBytes();
        List<String> open = open();
        int sockets =
                (int) open.stream().filter(file -> file.startsWith("socket:")).count();
        return new Vitals(
                heap,
                Figures.statusBytes("VmRSS"),
                ManagementFactory.getThreadMXBean().getThreadCount(),
                open.size() - sockets,
                sockets);
    }

    private static List<String> open() throws IOException {
        List<String> files = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    files.add(Files.readSymbolicLink(descriptor).toString());
                } catch (NoSuchFileException closed) {
                    // Meanwhile.
                }
            }
        }
        return files;
    }

    Map<String, Object> json() {
        return Map.of("heap", heap, "rss", rss, "threads", threads, "descriptors", descriptors, "sockets", sockets);
    }

    /** What {@link #json} wrote. */
    static Vitals of(JsonNode json) {
        return new Vitals(
                json.path("heap").asLong(),
                json.path("rss").asLong(),
                json.path("threads").asInt(),
                json.path("descriptors").asInt(),
                json.path("sockets").asInt());
    }
}
