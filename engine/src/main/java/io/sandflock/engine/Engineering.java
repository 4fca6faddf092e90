/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.SandboxSpec;
import io.sandflock.engine.compose.SandboxPlanner;
import io.sandflock.engine.config.SandboxName;
import io.sandflock.engine.lease.Labels;
import io.sandflock.engine.lease.LeaseRequest;
import io.sandflock.engine.lease.Leases;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.plan.SandboxOptions;
import io.sandflock.engine.platform.CreateSandbox;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.PlatformInfo;
import io.sandflock.engine.platform.RateReading.Budget;
import io.sandflock.engine.snapshot.SourceResolver;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The parts that an engine is wired from. */
record Engineering(
        Platform platform,
        EnvironmentFactory environments,
        ProjectStarter projects,
        SandboxPlanner planner,
        Leases leases,
        SourceResolver sources,
        Pacer creates,
        Pacer lifecycle,
        String owner,
        Time time) {

    /** So long a sandbox is there, at most, without a word from its process. */
    private static final Duration SILENCE = Duration.ofMinutes(50);

    /** Added to everything that a sandbox is needed for: the platform's own backstop must never come first. */
    private static final Duration MARGIN = Duration.ofMinutes(10);

    /** Keeps to what the platform says beforehand, before the first answer says more. */
    void expect(PlatformInfo platform) {
        Optional.ofNullable(platform.rates().get(Budget.CREATE)).ifPresent(creates::expect);
        Optional.ofNullable(platform.rates().get(Budget.LIFECYCLE)).ifPresent(lifecycle::expect);
    }

    /**
     * Whose sandbox it is, and for what.
     *
     * @param attempt read when the request is sent
     * @param names taken when the request is sent
     */
    record Purpose(String run, String task, String sample, int epoch, Supplier<Integer> attempt, NextName names) {}

    /** Names for the sandboxes of one sample. */
    NextName names(String task, String sample) {
        return new NextName(() -> SandboxName.of(task, sample, time.hex(8)));
    }

    /**
     * A sandbox for a purpose.
     *
     * @param prepared read when the request is sent
     * @param env variables over the plan's own
     * @param createTimeout where the plan has none
     * @param use how long it is needed once it is started, at most
     */
    LeaseRequest request(
            Purpose purpose,
            Supplier<Prepared> prepared,
            Map<String, String> env,
            Map<String, String> labels,
            Duration createTimeout,
            Duration use,
            boolean keep) {
        return new LeaseRequest(
                purpose.names()::take,
                name -> creation(name, purpose, prepared.get(), env, labels, createTimeout.plus(use), keep),
                () -> prepared.get().createTimeout(createTimeout),
                keep);
    }

    private CreateSandbox creation(
            String name,
            Purpose purpose,
            Prepared prepared,
            Map<String, String> env,
            Map<String, String> labels,
            Duration use,
            boolean keep) {
        SandboxOptions options = prepared.options();
        // Longer uses are kept alive: the platform would else let a sandbox of a dead process stay for as long.
        Duration life = (use.compareTo(SILENCE) < 0 ? use : SILENCE).plus(MARGIN);
        return new CreateSandbox(
                name,
                prepared.source(),
                options.user(),
                over(options.env(), env),
                Labels.of(
                        over(options.labels(), labels),
                        owner,
                        purpose.run(),
                        purpose.sample(),
                        purpose.epoch(),
                        purpose.attempt().get(),
                        time.now().plus(life)),
                options.networkBlockAll(),
                options.networkAllowList(),
                options.isPublic(),
                Optional.empty(),
                // What it may use is the snapshot's.
                CreateSandbox.Resources.DEFAULT,
                Backstop.of(options, life, keep),
                options.ephemeral(),
                options.language());
    }

    private static Map<String, String> over(Map<String, String> least, Map<String, String> most) {
        Map<String, String> both = new HashMap<>(least);
        both.putAll(most);
        return both;
    }

    /** The sandbox of a sample: its own, or the run's. */
    static SandboxSpec specOf(io.sandflock.Sample sample, SandboxSpec runs) {
        return sample.sandbox().orElse(runs);
    }
}
