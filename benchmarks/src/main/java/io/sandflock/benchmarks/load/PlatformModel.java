/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How the platform of a measurement behaves. Both processes know it: the one that plays the platform, and the one that has to know how
 * long the platform alone would have taken.
 *
 * @param substrate {@code simulated} or {@code namespace}; the times and limits of a model are of simulated sandboxes alone
 * @param createLeast the shortest time that a create takes
 * @param createMost the longest
 * @param deleteMillis how long a delete takes to be answered
 * @param roundTripMillis how much later than at once every answer comes
 * @param createsPerWindow the rate limit of creates; 0 for none
 * @param window its length
 * @param cpus the quota of vCPUs, one for each sandbox; 0 for none
 * @param seed of everything random
 */
record PlatformModel(
        String substrate,
        Duration createLeast,
        Duration createMost,
        int deleteMillis,
        int roundTripMillis,
        int createsPerWindow,
        Duration window,
        int cpus,
        long seed) {

    static final String SIMULATED = "simulated";
    static final String NAMESPACE = "namespace";

    /** Nothing takes time, nothing is limited. */
    static final PlatformModel INSTANT =
            new PlatformModel(SIMULATED, Duration.ZERO, Duration.ZERO, 0, 0, 0, Duration.ofMinutes(1), 0, 1);

    /** Real processes on this machine. */
    static final PlatformModel PROCESSES =
            new PlatformModel(NAMESPACE, Duration.ZERO, Duration.ZERO, 0, 0, 0, Duration.ofMinutes(1), 0, 1);

    PlatformModel creating(Duration least, Duration most) {
        return new PlatformModel(
                substrate, least, most, deleteMillis, roundTripMillis, createsPerWindow, window, cpus, seed);
    }

    PlatformModel deletingIn(int millis) {
        return new PlatformModel(
                substrate, createLeast, createMost, millis, roundTripMillis, createsPerWindow, window, cpus, seed);
    }

    PlatformModel awayBy(int roundTrip) {
        return new PlatformModel(
                substrate, createLeast, createMost, deleteMillis, roundTrip, createsPerWindow, window, cpus, seed);
    }

    PlatformModel limitedTo(int creates, Duration every) {
        return new PlatformModel(
                substrate, createLeast, createMost, deleteMillis, roundTripMillis, creates, every, cpus, seed);
    }

    PlatformModel withCpus(int number) {
        return new PlatformModel(
                substrate,
                createLeast,
                createMost,
                deleteMillis,
                roundTripMillis,
                createsPerWindow,
                window,
                number,
                seed);
    }

    /** How long the create of this sandbox takes, which its id says: spread evenly between the two times. */
    Duration createTime(String id) {
        long range = createMost.minus(createLeast).toNanos();
        if (range <= 0) {
            return createLeast;
        }
        long hash = (id.hashCode() + seed) * 0x9E3779B97F4A7C15L;
        return createLeast.plusNanos(Math.floorMod(hash ^ (hash >>> 32), range));
    }

    /** For the other process's command line. */
    List<String> arguments() {
        return List.of(
                "substrate=" + substrate,
                "create-least=" + createLeast.toMillis(),
                "create-most=" + createMost.toMillis(),
                "delete=" + deleteMillis,
                "round-trip=" + roundTripMillis,
                "creates=" + createsPerWindow,
                "window=" + window.toMillis(),
                "cpus=" + cpus,
                "seed=" + seed);
    }

    /** What {@link #arguments} wrote. */
    static PlatformModel parse(String... arguments) {
        Map<String, String> given = new LinkedHashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("'" + argument + "' is not NAME=VALUE");
            }
            given.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        return new PlatformModel(
                given.getOrDefault("substrate", SIMULATED),
                Duration.ofMillis(number(given, "create-least", 0)),
                Duration.ofMillis(number(given, "create-most", 0)),
                (int) number(given, "delete", 0),
                (int) number(given, "round-trip", 0),
                (int) number(given, "creates", 0),
                Duration.ofMillis(number(given, "window", 60_000)),
                (int) number(given, "cpus", 0),
                number(given, "seed", 1));
    }

    private static long number(Map<String, String> given, String name, long otherwise) {
        String text = given.get(name);
        return text == null ? otherwise : Long.parseLong(text);
    }
}
