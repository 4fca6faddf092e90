/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.Engine;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import io.sandflock.Sandbox;
import io.sandflock.engine.compose.PlannerSettings;
import io.sandflock.engine.compose.SandboxPlanner;
import io.sandflock.engine.dind.DindSettings;
import io.sandflock.engine.dind.DockerProjects;
import io.sandflock.engine.exec.ExecSettings;
import io.sandflock.engine.exec.ToolboxEnvironment;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.lease.Cleanup;
import io.sandflock.engine.lease.LeaseSettings;
import io.sandflock.engine.lease.Leases;
import io.sandflock.engine.limit.Pacer;
import io.sandflock.engine.limit.Time;
import io.sandflock.engine.plan.Project;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.RateReading.Budget;
import io.sandflock.engine.snapshot.SourceResolver;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import reactor.core.publisher.Mono;

/** Builds an {@link Engine} on a platform. Not thread-safe; each {@link #build()} is an engine of its own. */
public final class Sandflock {

    private static final Duration DEFAULT_CLOSE = Duration.ofMinutes(6);
    private static final Duration DEFAULT_SNAPSHOT = Duration.ofMinutes(30);

    private final Platform platform;
    private final EnvironmentFactory environments;
    private String owner = "sandflock";
    private OptionalInt createsPerMinute = OptionalInt.empty();
    private OptionalInt lifecyclePerMinute = OptionalInt.empty();
    private LeaseSettings leases = LeaseSettings.defaults();
    private Duration snapshotDeadline = DEFAULT_SNAPSHOT;
    private Duration closeDeadline = DEFAULT_CLOSE;
    private ProjectStarter projects;
    private PlannerSettings planner = PlannerSettings.defaults();
    private Time time = Time.system();

    private Sandflock(Platform platform, EnvironmentFactory environments, ProjectStarter projects) {
        this.platform = Objects.requireNonNull(platform, "platform");
        this.environments = Objects.requireNonNull(environments, "environments");
        this.projects = projects;
    }

    /**
     * An engine on this platform. The engine owns it: {@link Engine#closeLater()} closes it.
     *
     * @param environments how commands are run in its sandboxes
     */
    public static Sandflock on(Platform platform, EnvironmentFactory environments) {
        return new Sandflock(platform, environments, (sandbox, project, from, entered) -> unsupported(project));
    }

    /**
     * An engine on this platform that runs each command at most once, whatever the network does; see {@link ExecSettings}. Reads a
     * resource of its jar the first time: not to be called on an event loop.
     */
    public static Sandflock on(Platform platform) {
        ProgramText.load();
        return new Sandflock(
                platform,
                (name, sandbox, from) -> ToolboxEnvironment.create(
                        name,
                        sandbox.id(),
                        from.toolbox(sandbox),
                        from.sandboxes(),
                        ExecSettings.DEFAULT,
                        ThreadLocalRandom.current()),
                DockerProjects.create(DindSettings.DEFAULT, ExecSettings.DEFAULT)::start);
    }

    /** Whose sandboxes these are, on every one as a label; clean-up touches no other owner's. Defaults to {@code sandflock}. */
    public Sandflock owner(String owner) {
        if (owner.isBlank()) {
            throw new IllegalArgumentException("owner must not be blank");
        }
        this.owner = owner;
        return this;
    }

    /** Creates in a minute, at least 1. By default there is no limit but the platform's own, which is honoured when it speaks. */
    public Sandflock createsPerMinute(int rate) {
        this.createsPerMinute = OptionalInt.of(rate);
        return this;
    }

    /** Deletes and stops in a minute, at least 1. Defaults as for creates. */
    public Sandflock lifecyclePerMinute(int rate) {
        this.lifecyclePerMinute = OptionalInt.of(rate);
        return this;
    }

    /** Times of a sandbox's life. Defaults to {@link LeaseSettings#defaults()}. */
    public Sandflock leases(LeaseSettings settings) {
        this.leases = Objects.requireNonNull(settings, "settings");
        return this;
    }

    /** How long a snapshot that is pulled or built is waited for. Defaults to 30 minutes. */
    public Sandflock snapshotDeadline(Duration deadline) {
        this.snapshotDeadline = Objects.requireNonNull(deadline, "deadline");
        return this;
    }

    /** How long {@link Engine#closeLater()} waits for the last release. Defaults to 6 minutes, longer than one delete is tried for. */
    public Sandflock closeDeadline(Duration deadline) {
        this.closeDeadline = Objects.requireNonNull(deadline, "deadline");
        return this;
    }

    /** What the meaning of compose files depends on. Defaults to {@link PlannerSettings#defaults()}. */
    public Sandflock planner(PlannerSettings settings) {
        this.planner = Objects.requireNonNull(settings, "settings");
        return this;
    }

    /** How the services of a compose file are brought up in a sandbox. */
    Sandflock projects(ProjectStarter starter) {
        this.projects = Objects.requireNonNull(starter, "starter");
        return this;
    }

    private static Mono<Sandbox> unsupported(Project project) {
        return Mono.error(() -> new PermanentException(
                ErrorCode.UNSUPPORTED,
                "this engine cannot bring up the services of a " + project + "; one service is one sandbox",
                ErrorContext.NONE));
    }

    /** Where time and chance come from. Defaults to {@link Time#system()}. */
    public Sandflock time(Time time) {
        this.time = Objects.requireNonNull(time, "time");
        return this;
    }

    /** The engine. Makes no request. */
    public Engine build() {
        Pacer creates = new Pacer("create", Budget.CREATE, createsPerMinute, time);
        Pacer lifecycle = new Pacer("lifecycle", Budget.LIFECYCLE, lifecyclePerMinute, time);
        Engineering engineering = new Engineering(
                platform,
                environments,
                projects,
                new SandboxPlanner(planner),
                new Leases(platform, creates, lifecycle, leases, time),
                new SourceResolver(platform, snapshotDeadline, owner, time),
                creates,
                lifecycle,
                owner,
                time);
        return new ReactorEngine(engineering, Cleanup.on(platform, owner, leases, time), closeDeadline);
    }
}
