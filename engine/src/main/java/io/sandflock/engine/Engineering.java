/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.SandboxSpec;
import io.sandflock.engine.config.SandboxName;
import io.sandflock.engine.lease.Labels;
import io.sandflock.engine.lease.LeaseRequest;
import io.sandflock.engine.lease.Leases;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.snapshot.SourceResolver;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** The parts that an engine is wired from. */
record Engineering(
        Platform platform,
        EnvironmentFactory environments,
        Leases leases,
        SourceResolver sources,
        Pacer creates,
        String owner,
        Time time) {

    /** Added to everything that a sandbox is needed for: the platform's own backstop must never come first. */
    private static final Duration MARGIN = Duration.ofMinutes(10);

    /**
     * Whose sandbox it is, and for what.
     *
     * @param attempt read when the request is sent
     */
    record Purpose(String run, String task, String sample, int epoch, Supplier<Integer> attempt) {}

    /**
     * A sandbox for a purpose.
     *
     * @param source read when the request is sent
     * @param use the longest that it is used without a word to the platform
     */
    LeaseRequest request(
            Purpose purpose,
            Supplier<CreateSandbox.Source> source,
            Map<String, String> env,
            Map<String, String> labels,
            Duration createTimeout,
            Duration use,
            boolean keep) {
        Duration life = createTimeout.plus(use).plus(MARGIN);
        return new LeaseRequest(
                () -> SandboxName.of(purpose.task(), purpose.sample(), time.hex(8)),
                name -> new CreateSandbox(
                        name,
                        source.get(),
                        Optional.empty(),
                        env,
                        Labels.of(
                                labels,
                                owner,
                                purpose.run(),
                                purpose.sample(),
                                purpose.epoch(),
                                purpose.attempt().get(),
                                time.now().plus(life)),
                        false,
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        CreateSandbox.Resources.DEFAULT,
                        backstop(life, keep)),
                createTimeout,
                keep);
    }

    /** Should this process die, the platform stops the sandbox when its time is over, and deletes what is stopped. */
    private static CreateSandbox.Intervals backstop(Duration life, boolean keep) {
        int minutes = (int) Math.min(Integer.MAX_VALUE, (life.toSeconds() + 59) / 60);
        return new CreateSandbox.Intervals(
                OptionalInt.of(minutes), OptionalInt.empty(), keep ? OptionalInt.empty() : OptionalInt.of(0));
    }

    /** The sandbox of a sample: its own, or the run's. */
    static SandboxSpec specOf(io.sandflock.Sample sample, SandboxSpec runs) {
        return sample.sandbox().orElse(runs);
    }
}
