/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.plan;

import java.util.List;

/** What a sandbox is made from. */
public sealed interface Base {

    /** The platform's default snapshot. */
    record DefaultSnapshot() implements Base {}

    /** A snapshot that exists on the platform. */
    record Snapshot(String name) implements Base {}

    /** A container image by reference. */
    record Image(String reference) implements Base {}

    /** An image built from a Dockerfile. */
    record Build(ImageBuild build) implements Base {}

    /**
     * The snapshot of a Docker daemon for a {@link Project}, created when it is missing.
     *
     * @param image what it is created from, for example {@code docker:28.3.3-dind}
     * @param images of services, to be brought along in it so that they are fetched once and not in each sandbox; the same for all
     *     sandboxes
     */
    record DockerDaemon(String image, List<String> images) implements Base {

        /** Copies the images. */
        public DockerDaemon {
            images = List.copyOf(images);
        }
    }
}
