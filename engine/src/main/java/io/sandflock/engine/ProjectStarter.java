/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.Sandbox;
import io.sandflock.Stage;
import io.sandflock.engine.plan.Project;
import io.sandflock.engine.platform.Platform;
import io.sandflock.engine.platform.SandboxInfo;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/** Brings the services of a project up in a started sandbox. */
@FunctionalInterface
public interface ProjectStarter {

    /**
     * The sandbox with one environment for each service, the default one first. Cold; on cancel, on an error and in the end the sandbox
     * itself is deleted by the caller, with everything in it.
     *
     * @param entered is told of each stage as it begins, {@link Stage#DOCKERD} and {@link Stage#COMPOSE}; the time until the next one,
     *     or until the end, is its time
     */
    Mono<Sandbox> start(SandboxInfo sandbox, Project project, Platform platform, Consumer<Stage> entered);
}
