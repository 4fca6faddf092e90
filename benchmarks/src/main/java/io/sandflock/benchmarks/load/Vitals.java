/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Map;

/**
 * What a process holds at one moment.
 *
 * @param heap bytes that are reachable, after a collection
 * @param rss resident bytes
 * @param threads live ones, daemons included
 * @param descriptors open files and sockets
 */
record Vitals(long heap, long rss, int threads, long descriptors) {

    /** Of this process; asks for a collection. */
    static Vitals now() throws IOException {
        long heap = Figures.liveHeapBytes();
        return new Vitals(
                heap,
                Figures.statusBytes("VmRSS"),
                ManagementFactory.getThreadMXBean().getThreadCount(),
                ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getOpenFileDescriptorCount());
    }

    Map<String, Object> json() {
        return Map.of("heap", heap, "rss", rss, "threads", threads, "descriptors", descriptors);
    }

    /** What {@link #json} wrote. */
    static Vitals of(JsonNode json) {
        return new Vitals(
                json.path("heap").asLong(),
                json.path("rss").asLong(),
                json.path("threads").asInt(),
                json.path("descriptors").asLong());
    }
}
