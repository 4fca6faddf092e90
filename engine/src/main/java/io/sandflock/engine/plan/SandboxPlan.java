/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.plan;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A sample's sandbox, resolved: nothing in it depends on files of the host but those that it names.
 *
 * @param base what the sandbox is made from
 * @param options what else the create request says
 * @param project services to bring up in it; empty when the sandbox is the one environment itself
 * @param environment name of the one environment when there is no project: the service's, or {@code default}
 * @param warnings for people, one line each: what was given and cannot be honoured
 */
public record SandboxPlan(
        Base base, SandboxOptions options, Optional<Project> project, String environment, List<String> warnings) {

    /** Copies the warnings. */
    public SandboxPlan {
        Objects.requireNonNull(base, "base");
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(project, "project");
        Objects.requireNonNull(environment, "environment");
        warnings = List.copyOf(warnings);
    }

    /** The plan of one sandbox by itself, for which no snapshot of its own is worth its while: it pulls its services' images. */
    public SandboxPlan alone() {
        return base instanceof Base.DockerDaemon daemon && !daemon.images().isEmpty()
                ? new SandboxPlan(
                        new Base.DockerDaemon(daemon.image(), List.of()), options, project, environment, warnings)
                : this;
    }

    /** Where a service's image comes from, for people. */
    public String imageFrom(Project.Service service) {
        if (service.isBuilt()) {
            return "built in each sandbox";
        }
        boolean inSnapshot = base instanceof Base.DockerDaemon daemon
                && service.image().filter(daemon.images()::contains).isPresent();
        return inSnapshot ? "the snapshot, fetched once" : "pulled in each sandbox";
    }

    /** A sandbox with all defaults from this base. */
    public static SandboxPlan of(Base base) {
        return new SandboxPlan(base, SandboxOptions.NONE, Optional.empty(), "default", List.of());
    }
}
