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

    /** The variable that names another image for the daemon. */
    public static final String DAEMON_IMAGE_VARIABLE = "SANDFLOCK_DIND_IMAGE";

    /** {@link #of} this process's variables, as with {@code docker compose}. */
    public static PlannerSettings defaults() {
        return of(System.getenv());
    }

    /** These variables, and the daemon's image that {@value #DAEMON_IMAGE_VARIABLE} names, or the default one. */
    public static PlannerSettings of(Map<String, String> environment) {
        String image = environment.getOrDefault(DAEMON_IMAGE_VARIABLE, "");
        return new PlannerSettings(image.isBlank() ? DEFAULT_DAEMON_IMAGE : image, environment);
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
