/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.engine.local.docker.DockerOptions;
import io.sandflock.engine.local.files.ShellMachineFiles;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** How the substrate {@code docker} of the embedded platform works. */
final class DockerSettings {

    private static final String NONE = "none";

    private @Nullable String defaultImage;
    private @Nullable List<String> privileged;

    /** For commands that are read from their annotations, and have this as a mixin. */
    @Mixin
    private final CommandSpec spec = declared();

    /** For those that are not. */
    CommandSpec spec() {
        return spec;
    }

    @SuppressWarnings("unchecked") // picocli knows classes
    private CommandSpec declared() {
        return Declared.spec(null)
                .addOption(Declared.option(
                                "--default-image", String.class, () -> defaultImage, value -> defaultImage = value)
                        .paramLabel("IMAGE")
                        .description(
                                "on docker: what sandboxes are made from that name neither image, Dockerfile nor snapshot; "
                                        + "default: SANDFLOCK_DEFAULT_IMAGE, else " + DockerOptions.DEFAULT_IMAGE)
                        .build())
                .addOption(Declared.option(
                                "--privileged-snapshots", List.class, () -> privileged, value -> privileged = value)
                        .auxiliaryTypes(String.class)
                        .paramLabel("NAME")
                        .splitRegex(",")
                        .description(
                                "on docker: snapshots whose sandboxes may hold a Docker daemon, which makes root in them root "
                                        + "on the engine's host; a * at the end stands for anything; none forbids it; default: "
                                        + "inspect-dind-*, the engine's own for compose files with several services")
                        .build());
    }

    /** The engine that {@code DOCKER_HOST} names, with these settings. */
    DockerOptions options(Map<String, String> environment) {
        DockerOptions options = DockerOptions.of(environment, ShellMachineFiles::new);
        String image = defaultImage == null ? environment.getOrDefault("SANDFLOCK_DEFAULT_IMAGE", "") : defaultImage;
        if (!image.isBlank()) {
            options = options.withDefaultImage(image.strip());
        }
        if (privileged != null) {
            options = options.withPrivileged(privileged.equals(List.of(NONE)) ? List.of() : privileged);
        }
        return options;
    }
}
