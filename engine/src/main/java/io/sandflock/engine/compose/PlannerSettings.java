/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import java.util.Map;
import java.util.Objects;

/**
 * What plans depend on beside files.
 *
 * @param daemonImage the image of the Docker daemon that two or more services run in
 * @param environment the variables that {@code ${NAME}} in a compose file means; may hold secrets
 */
public record PlannerSettings(String daemonImage, Map<String, String> environment) {

    /** The image of the daemon where nobody says another one. */
    public static final String DEFAULT_DAEMON_IMAGE = "docker:28.3.3-dind";

    /** Copies the variables. */
    public PlannerSettings {
        if (Objects.requireNonNull(daemonImage, "daemonImage").isBlank()) {
            throw new IllegalArgumentException("the daemon's image must not be blank");
        }
        environment = Map.copyOf(environment);
    }

    /** The default image, and this process's variables, as with {@code docker compose}. */
    public static PlannerSettings defaults() {
        return new PlannerSettings(DEFAULT_DAEMON_IMAGE, System.getenv());
    }

    /** With another image for the daemon. */
    public PlannerSettings withDaemonImage(String image) {
        return new PlannerSettings(image, environment);
    }

    /** With these variables instead of the process's. */
    public PlannerSettings withEnvironment(Map<String, String> variables) {
        return new PlannerSettings(daemonImage, variables);
    }

    /** Never the variables. */
    @Override
    public String toString() {
        return "PlannerSettings[" + daemonImage + "]";
    }
}
