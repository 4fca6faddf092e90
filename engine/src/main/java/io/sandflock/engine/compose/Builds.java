/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Problems;
import io.sandflock.engine.plan.ImageBuild;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A service's {@code build}, looked at where it lies. */
final class Builds {

    private Builds() {}

    /** Notes what is missing on this machine. */
    static void check(String name, Map<String, @Nullable Object> build, Problems problems, String source) {
        String where = "services." + name + ".build: ";
        boolean inline = build.get("dockerfile_inline") != null;
        if (inline && build.get("dockerfile") != null) {
            problems.add(source, where + "dockerfile and dockerfile_inline; accepted: one of the two");
        }
        if (!build.containsKey("context") && !inline) {
            problems.add(source, where + "has no context");
        }
        Shapes.castMap(build.get("additional_contexts")).values().forEach(more -> {
            if (more instanceof HostPath path && !Files.exists(path.path())) {
                problems.add(path.source(), where + "no such folder: " + path.path());
            }
        });
        if (!(build.get("context") instanceof HostPath context)) {
            return;
        }
        if (!Files.isDirectory(context.path())) {
            problems.add(context.source(), where + "no such folder: " + context.path());
        } else if (!inline) {
            Path dockerfile = dockerfile(build, context);
            if (dockerfile == null || !Files.isRegularFile(dockerfile)) {
                problems.add(
                        context.source(),
                        where + "no such Dockerfile: " + (dockerfile == null ? build.get("dockerfile") : dockerfile));
            }
        }
    }

    /** Absolute; {@code null} when its name is no path. */
    static @Nullable Path dockerfile(Map<String, @Nullable Object> build, HostPath context) {
        Object name = build.get("dockerfile");
        try {
            return context.path()
                    .resolve(name == null ? "Dockerfile" : name.toString())
                    .normalize();
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** The build of a sandbox's own image, which must be local. */
    static Optional<ImageBuild> image(
            String name, Map<String, @Nullable Object> build, Problems problems, String source) {
        String where = "services." + name + ".build";
        if (build.get("dockerfile_inline") != null) {
            problems.add(source, where + ".dockerfile_inline: write it into a file, and name that as dockerfile");
            return Optional.empty();
        }
        if (!(build.get("context") instanceof HostPath context)) {
            problems.add(source, where + ".context: expected a folder of this machine, was another place's address");
            return Optional.empty();
        }
        Path dockerfile = dockerfile(build, context);
        if (dockerfile == null) {
            return Optional.empty();
        }
        Map<String, String> args = new LinkedHashMap<>();
        Shapes.castMap(build.get("args")).forEach((key, value) -> args.put(key, String.valueOf(value)));
        return Optional.of(
                new ImageBuild(context.path(), dockerfile, args, Optional.ofNullable((String) build.get("target"))));
    }
}
