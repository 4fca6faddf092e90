/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One measurement.
 *
 * @param name on the command line
 * @param claim the row of DESIGN's table that it belongs to
 * @param samples how many
 * @param atOnce sandboxes at once
 * @param warmUp samples of the same kind before the clock starts
 * @param model of the platform
 * @param command what each sandbox does; nothing when empty
 * @param together whether no sandbox is given back before all of them are there
 * @param heap of the engine's JVM, as {@code -Xmx} has it
 * @param services whether each sandbox holds the compose services of {@link Services}, and the command is one of theirs
 */
record Scenario(
        String name,
        String claim,
        int samples,
        int atOnce,
        int warmUp,
        PlatformModel model,
        Optional<Produce> command,
        boolean together,
        String heap,
        boolean services) {

    /** In sandboxes that are one environment each. */
    Scenario(
            String name,
            String claim,
            int samples,
            int atOnce,
            int warmUp,
            PlatformModel model,
            Optional<Produce> command,
            boolean together,
            String heap) {
        this(name, claim, samples, atOnce, warmUp, model, command, together, heap, false);
    }

    private static final Duration SECOND = Duration.ofSeconds(1);

    /** All of them, with the numbers that the claims have. */
    static final List<Scenario> ALL = List.of(
            new Scenario(
                    "held",
                    "100,000 samples held at once: all live within 24 s, RSS <= 1.5 GB, none lost",
                    100_000,
                    100_000,
                    0,
                    PlatformModel.INSTANT,
                    Optional.empty(),
                    true,
                    "1200m"),
            new Scenario(
                    "streaming",
                    "10,000 samples streaming: live heap <= 120 MB, runs under -Xmx256m",
                    10_000,
                    10_000,
                    0,
                    PlatformModel.INSTANT,
                    Optional.of(new Produce(2_000, 12, 1_024, 5_000)),
                    false,
                    "256m"),
            new Scenario(
                    "cpu",
                    "CPU per sample, warm, plain path: <= 1 ms",
                    20_000,
                    256,
                    20_000,
                    PlatformModel.INSTANT,
                    Optional.of(new Produce(0, 1, 64, 0)),
                    false,
                    "1g"),
            new Scenario(
                    "first-byte",
                    "overhead to the first output byte, 1,000 at once: p50 <= 5 ms, p99 <= 25 ms",
                    6_000,
                    1_000,
                    4_000,
                    PlatformModel.INSTANT.creating(SECOND, SECOND.multipliedBy(3)),
                    Optional.of(new Produce(1_000, 2, 64, 1_500)),
                    false,
                    "1g"),
            new Scenario(
                    "round-trip",
                    "first streamed byte of a command, round trips of 20 ms: <= 25 ms",
                    1_000,
                    1,
                    500,
                    PlatformModel.INSTANT.awayBy(20),
                    Optional.of(new Produce(0, 1, 64, 0)),
                    false,
                    "256m"),
            new Scenario(
                    "requests",
                    "requests to the first output byte: 4 plain",
                    1,
                    1,
                    0,
                    PlatformModel.INSTANT,
                    Optional.of(new Produce(0, 1, 64, 0)),
                    false,
                    "256m"),
            new Scenario(
                    "dind-cpu",
                    "CPU per sample, warm, whole DinD path, no TLS: <= 1 ms",
                    10_000,
                    256,
                    20_000,
                    PlatformModel.INSTANT,
                    Optional.of(new Produce(0, 1, 64, 0)),
                    false,
                    "1g",
                    true),
            new Scenario(
                    "dind-requests",
                    "requests to the first output byte: 10 DinD",
                    1,
                    1,
                    0,
                    PlatformModel.INSTANT,
                    Optional.of(new Produce(0, 1, 64, 0)),
                    false,
                    "256m",
                    true),
            new Scenario(
                    "storm",
                    "429 storm, 10 times the limit offered: >= 95% of the limit used, <= 2% of calls refused",
                    2_400,
                    3_000,
                    0,
                    PlatformModel.INSTANT
                            .creating(Duration.ofMillis(100), SECOND)
                            .limitedTo(300, Duration.ofSeconds(10)),
                    Optional.of(new Produce(0, 1, 64, 0)),
                    false,
                    "1g"),
            new Scenario(
                    "release",
                    "release of 1,000 sandboxes at 100 ms per delete: <= 10 s",
                    1_000,
                    1_000,
                    0,
                    PlatformModel.INSTANT.deletingIn(100),
                    Optional.empty(),
                    true,
                    "512m"),
            new Scenario(
                    "quota",
                    "a quota of 200 sandboxes, 400 wanted at once: every sample ends, none fails",
                    1_000,
                    400,
                    0,
                    PlatformModel.INSTANT
                            .creating(Duration.ofMillis(50), Duration.ofMillis(150))
                            .withCpus(200),
                    Optional.of(new Produce(100, 1, 64, 0)),
                    false,
                    "512m"),
            new Scenario(
                    "namespace",
                    "namespace sandbox, create to first exec byte, one at a time: <= 30 ms p50",
                    60,
                    1,
                    20,
                    PlatformModel.PROCESSES,
                    Optional.of(new Produce(0, 1, 64, 0)),
                    false,
                    "256m"));

    static Scenario named(String name) {
        return ALL.stream()
                .filter(scenario -> scenario.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no scenario is called '" + name + "'; there are "
                        + ALL.stream().map(Scenario::name).toList()));
    }

    /** Whether every command is meant to print at the same time. */
    boolean streamTogether() {
        return !together
                && samples <= atOnce
                && command.filter(produce -> produce.gapMillis() > 0).isPresent();
    }

    /** Small enough for a second or two: shows that it runs, measures nothing. */
    Scenario smoke() {
        int few = Math.min(samples, 40);
        return new Scenario(
                name,
                claim,
                few,
                Math.min(atOnce, 20 + (together ? few : 0)),
                Math.min(warmUp, 5),
                model.createsPerWindow() == 0 ? model : model.limitedTo(20, SECOND),
                command.map(produce ->
                        new Produce(Math.min(produce.firstMillis(), 20), produce.chunks(), produce.bytes(), 5)),
                together,
                heap,
                services);
    }

    Scenario of(int otherSamples, int otherAtOnce) {
        return new Scenario(name, claim, otherSamples, otherAtOnce, warmUp, model, command, together, heap, services);
    }
}
