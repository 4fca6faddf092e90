/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.util.Locale;

/** The stages of a sample, in order. Each has a time in the results. */
public enum Stage {
    /**
     * Waiting for a place among the sandboxes that may exist at once, and while the platform asks to wait: since the run began, of a
     * further attempt since it was decided on. Of samples that all are there from the start, the last waits for nearly the whole
     * run. Charged to nobody's timeout.
     */
    QUEUE,
    /** Making sure that the snapshot exists. */
    SNAPSHOT,
    /** From the create request until the sandbox is started. */
    CREATE,
    /** Waiting for the Docker daemon in the sandbox. */
    DOCKERD,
    /** Building and starting the compose services. */
    COMPOSE,
    /** Writing the sample's files. */
    FILES,
    /** The setup script. */
    SETUP,
    /** The command. */
    COMMAND,
    /** Scoring. */
    SCORE,
    /** Deleting the sandbox. */
    RELEASE;

    /** The name in results: lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
