/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What a process can say of itself. Linux, and HotSpot. */
final class Figures {

    private Figures() {}

    /** CPU time of this process, all threads. */
    static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** What is reachable, after a collection that this call asks for. */
    @SuppressWarnings("GarbageCollection") // what is live is the question
    static long liveHeapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Resident memory now ({@code VmRSS}), or the most so far ({@code VmHWM}), in bytes. */
    static long statusBytes(String field) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(field + ":")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
        throw new IOException("/proc/self/status has no " + field);
    }

    /** The value below which this share of them is; NaN of none. */
    static double percentile(double[] values, double share) {
        if (values.length == 0) {
            return Double.NaN;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        long index = Math.round(Math.ceil(share * sorted.length)) - 1;
        return sorted[(int) Math.max(0, Math.min(sorted.length - 1L, index))];
    }

    /** What newer JVMs need to be told to keep quiet about Netty. */
    static List<String> quietNetty() {
        return Runtime.version().feature() >= 24
                ? List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow")
                : List.of();
    }
}
