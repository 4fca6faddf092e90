/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.plan;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compose services to bring up inside one sandbox, next to a Docker daemon.
 *
 * @param model the whole compose file in the form that is sent: interpolated ({@code $} doubled again), {@code extends},
 *     {@code include} and {@code env_file} resolved, {@code x-*} left out, every build context and every relative bind mount
 *     rewritten to {@code ./} and a path below the upload's root. What was not there on the host is below it and in no upload. Maps, lists, strings, numbers, booleans, {@code null}. May hold secrets
 * @param uploads what has to be there for it
 * @param services in the file's order; at least two
 * @param defaultService the name of the default environment's service
 */
public record Project(
        Map<String, @Nullable Object> model, List<Upload> uploads, List<Service> services, String defaultService) {

    /** Copies. */
    public Project {
        model = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(model));
        uploads = List.copyOf(uploads);
        services = List.copyOf(services);
        Objects.requireNonNull(defaultService, "defaultService");
    }

    /** Names what identifies it; never the model. */
    @Override
    public String toString() {
        return "Project[" + services.stream().map(Service::name).toList() + "]";
    }

    /**
     * A folder, or a single file, of the host that travels into the sandbox.
     *
     * <p>Uploads may overlap: a folder that is mounted may lie in one that is a context, and what the context leaves at home goes
     * with the mount.
     *
     * @param path where it goes, relative to the upload's root, for example {@code project/web}, for what lies in the compose file's
     *     folder, or {@code context-1}; safe characters only, never {@code ..}
     * @param source on the host; absolute
     * @param isContext whether it is a build context alone, so that what its {@code .dockerignore} excludes stays at home
     */
    public record Upload(String path, Path source, boolean isContext) {}

    /**
     * A service.
     *
     * @param name as in the file
     * @param image what it runs, or what its build is tagged as
     * @param isBuilt whether it has a {@code build}
     * @param user as in the file; the image's when empty
     * @param workingDir as in the file; the image's when empty
     * @param hasHealthcheck whether the file gives it one
     * @param startTimeout how long it may take from its start until it is healthy, from its health check's own times
     */
    public record Service(
            String name,
            Optional<String> image,
            boolean isBuilt,
            Optional<String> user,
            Optional<String> workingDir,
            boolean hasHealthcheck,
            Duration startTimeout) {}
}
