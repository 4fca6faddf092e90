/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import java.time.Duration;

/**
 * How long the parts of bringing services up may take.
 *
 * @param daemon until the Docker daemon answers
 * @param images until images are pulled, and as long again until they are built
 * @param grace what services may take beyond the times of their own health checks
 */
public record DindSettings(Duration daemon, Duration images, Duration grace) {

    /** 60 s, 20 min, 60 s. */
    public static final DindSettings DEFAULT =
            new DindSettings(Duration.ofSeconds(60), Duration.ofMinutes(20), Duration.ofSeconds(60));

    /** Refuses what is shorter than a second. */
    public DindSettings {
        if (daemon.toSeconds() < 1 || images.toSeconds() < 1 || grace.toSeconds() < 1) {
            throw new IllegalArgumentException(
                    "times must be at least 1 s, were " + daemon + ", " + images + ", " + grace);
        }
    }
}
