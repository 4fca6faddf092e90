/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.plan;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * An image to build.
 *
 * @param context the folder that {@code COPY} and {@code ADD} read from; absolute
 * @param dockerfile the file itself, which may lie outside of the context; absolute
 * @param args values of {@code ARG} instructions, in the order in which they were given; may be secret
 * @param target the stage to build; the last one when empty
 */
public record ImageBuild(Path context, Path dockerfile, Map<String, String> args, Optional<String> target) {

    /** Refuses relative paths and copies the arguments. */
    public ImageBuild {
        if (!context.isAbsolute() || !dockerfile.isAbsolute()) {
            throw new IllegalArgumentException("a build's paths must be absolute: " + context + ", " + dockerfile);
        }
        args = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(args));
        Objects.requireNonNull(target, "target");
    }

    /** The build of a Dockerfile and the folder that it lies in. */
    public static ImageBuild of(Path dockerfile) {
        Path file = dockerfile.toAbsolutePath().normalize();
        return new ImageBuild(Objects.requireNonNull(file.getParent()), file, Map.of(), Optional.empty());
    }

    /** Never the arguments. */
    @Override
    public String toString() {
        return "ImageBuild[" + dockerfile
                + target.map(stage -> ", target " + stage).orElse("") + "]";
    }
}
