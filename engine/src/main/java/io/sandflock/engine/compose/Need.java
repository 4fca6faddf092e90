/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.platform.CreateSandbox;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What services ask for, before it is rounded up to what a platform has.
 *
 * @param cpus {@code null} when nobody says
 * @param memory bytes; {@code null} when nobody says
 * @param gpus {@code null} when nobody says
 */
record Need(
        @Nullable BigDecimal cpus,
        @Nullable BigDecimal memory,
        @Nullable Integer gpus) {

    private static final Need NOTHING = new Need(null, null, null);
    private static final BigDecimal GIB = BigDecimal.valueOf(1L << 30);
    private static final BigDecimal MOST = BigDecimal.valueOf(1_000_000);
    /** For the Docker daemon beside services. */
    private static final Need DAEMON = new Need(BigDecimal.ONE, GIB, null);

    /** What one service asks for: its limits, else its reservations, else its {@code cpus} and {@code mem_limit}. */
    static Need of(Map<String, @Nullable Object> service) {
        Map<String, @Nullable Object> resources =
                Shapes.castMap(Shapes.castMap(service.get("deploy")).get("resources"));
        Map<String, @Nullable Object> limits = Shapes.castMap(resources.get("limits"));
        Map<String, @Nullable Object> reservations = Shapes.castMap(resources.get("reservations"));
        return new Need(
                decimal(limits.get("cpus"), reservations.get("cpus"), service.get("cpus")),
                decimal(limits.get("memory"), reservations.get("memory"), service.get("mem_limit")),
                gpus(reservations.get("devices"), service.get("gpus")));
    }

    /** The sum of what services in one sandbox ask for, and the daemon's share of what is asked for at all. */
    static Need withDaemon(Composition composition) {
        Need sum = NOTHING;
        for (String name : composition.services()) {
            sum = sum.plus(of(composition.service(name)));
        }
        return new Need(
                sum.cpus == null ? null : plus(sum.cpus, DAEMON.cpus),
                sum.memory == null ? null : plus(sum.memory, DAEMON.memory),
                sum.gpus);
    }

    private Need plus(Need other) {
        return new Need(
                plus(cpus, other.cpus),
                plus(memory, other.memory),
                gpus == null ? other.gpus : Integer.valueOf(gpus + (other.gpus == null ? 0 : other.gpus)));
    }

    private static @Nullable BigDecimal plus(@Nullable BigDecimal a, @Nullable BigDecimal b) {
        return a == null ? b : b == null ? a : a.add(b);
    }

    private static @Nullable BigDecimal decimal(@Nullable Object... candidates) {
        for (Object candidate : candidates) {
            if (candidate != null) {
                return new BigDecimal(candidate.toString());
            }
        }
        return null;
    }

    private static @Nullable Integer gpus(@Nullable Object devices, @Nullable Object gpus) {
        Integer count = null;
        for (Object device : Shapes.castList(devices)) {
            Map<String, @Nullable Object> of = Shapes.castMap(device);
            if (Shapes.castList(of.get("capabilities")).contains("gpu")) {
                count = (count == null ? 0 : count) + count(of);
            }
        }
        for (Object device : Shapes.castList(gpus)) {
            count = (count == null ? 0 : count) + count(Shapes.castMap(device));
        }
        return "all".equals(gpus) ? Integer.valueOf(1) : count;
    }

    private static int count(Map<String, @Nullable Object> device) {
        if (device.get("count") instanceof Long number) {
            return number.intValue();
        }
        List<Object> ids = Shapes.castList(device.get("device_ids"));
        return ids.isEmpty() ? 1 : ids.size();
    }

    /** Whole CPUs and GiB, rounded up, at least 1 of each that is asked for; what {@code x-daytona} says wins. */
    CreateSandbox.Resources resources(XDaytona daytona) {
        OptionalInt cpu = daytona.cpu().isPresent() ? daytona.cpu() : up(cpus, BigDecimal.ONE);
        OptionalInt gib = daytona.memoryGib().isPresent() ? daytona.memoryGib() : up(memory, GIB);
        OptionalInt gpu = daytona.gpu().isPresent() || gpus == null ? daytona.gpu() : OptionalInt.of(gpus);
        return new CreateSandbox.Resources(cpu, gib, OptionalInt.empty(), gpu);
    }

    private static OptionalInt up(@Nullable BigDecimal amount, BigDecimal unit) {
        return amount == null
                ? OptionalInt.empty()
                : OptionalInt.of(amount.divide(unit, 0, RoundingMode.CEILING)
                        .max(BigDecimal.ONE)
                        .min(MOST)
                        .intValue());
    }
}
