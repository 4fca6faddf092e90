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
 * @param entrypoint what its sandboxes run beside everything else; the image's own when empty
 */
public record ImageSpec(
        String name,
        Optional<String> image,
        Optional<String> dockerfile,
        List<String> contextHashes,
        List<String> entrypoint) {

    /** Refuses what is neither a pull nor a build. */
    public ImageSpec {
        if (image.isPresent() == dockerfile.isPresent()) {
            throw new IllegalArgumentException("either an image or a Dockerfile is needed");
        }
        contextHashes = List.copyOf(contextHashes);
        entrypoint = List.copyOf(entrypoint);
    }

    /** Pulled, with its own entrypoint. */
    public static ImageSpec pulled(String name, String image) {
        return new ImageSpec(name, Optional.of(image), Optional.empty(), List.of(), List.of());
    }

    /** Built, with its own entrypoint. */
    public static ImageSpec built(String name, String dockerfile, List<String> contextHashes) {
        return new ImageSpec(name, Optional.empty(), Optional.of(dockerfile), contextHashes, List.of());
    }

    /** Never the Dockerfile, which may hold secrets. */
    @Override
    public String toString() {
        return "ImageSpec[" + name + "]";
    }
}
