/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import java.util.List;
import java.util.Optional;

/**
 * An image to make usable.
 *
 * @param name what sandboxes will name it by in {@link MachineSpec#snapshot()}
 * @param image a reference to pull; empty for a build
 * @param dockerfile its text; empty for a pull
 * @param contextHashes of the uploaded contexts that the build uses
 */
public record ImageSpec(String name, Optional<String> image, Optional<String> dockerfile, List<String> contextHashes) {

    /** Refuses what is neither a pull nor a build. */
    public ImageSpec {
        if (image.isPresent() == dockerfile.isPresent()) {
            throw new IllegalArgumentException("either an image or a Dockerfile is needed");
        }
        contextHashes = List.copyOf(contextHashes);
    }

    /** Never the Dockerfile, which may hold secrets. */
    @Override
    public String toString() {
        return "ImageSpec[" + name + "]";
    }
}
