/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * How {@link DockerSubstrate} works.
 *
 * @param socket the Engine's Unix socket
 * @param defaultImage what the platform's own snapshots, such as {@code daytona-small}, are made from; pulled when the engine lacks it
 * @param privileged names of snapshots whose sandboxes may hold a Docker daemon; a {@code *} at the end stands for anything. Such a
 *     sandbox is privileged: root in it is root on the engine's host
 * @param processLimit processes and threads of one sandbox
 * @param stateFolder where instances note that they live
 * @param files what gives access to a machine's files
 */
public record DockerOptions(
        Path socket,
        String defaultImage,
        List<String> privileged,
        int processLimit,
        Path stateFolder,
        Function<Machine, MachineFiles> files) {

    /** What the platform's own snapshots are made from. */
    public static final String DEFAULT_IMAGE = "python:3.12-slim";

    /** Snapshots that the engine makes for compose files with several services. */
    public static final List<String> DIND = List.of("inspect-dind-*");

    /** 4,096: false failures of parallel commands begin far below, at about 100. */
    public static final int DEFAULT_PROCESS_LIMIT = 4096;

    private static final String SOCKET = "/var/run/docker.sock";
    private static final Pattern IMAGE = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.:/@-]{0,254}");

    /** Copies and checks. */
    public DockerOptions {
        privileged = List.copyOf(privileged);
        Objects.requireNonNull(files, "files");
        if (!IMAGE.matcher(defaultImage).matches()) {
            throw new InvalidInputException(
                    "default image",
                    "was '" + defaultImage + "'; expected an image reference such as " + DEFAULT_IMAGE);
        }
        if (!socket.isAbsolute() || processLimit < 256) {
            throw new IllegalArgumentException("needs an absolute socket and a process limit of at least 256, got "
                    + socket + " and " + processLimit);
        }
    }

    /**
     * The engine that {@code DOCKER_HOST} names, or that of {@code /var/run/docker.sock}. Errors with {@link InvalidInputException} when
     * {@code DOCKER_HOST} is no Unix socket.
     *
     * @param environment variables: {@code DOCKER_HOST}, {@code XDG_STATE_HOME}, {@code HOME}
     */
    public static DockerOptions of(Map<String, String> environment, Function<Machine, MachineFiles> files) {
        return new DockerOptions(
                socket(environment.getOrDefault("DOCKER_HOST", "")),
                DEFAULT_IMAGE,
                DIND,
                DEFAULT_PROCESS_LIMIT,
                state(environment),
                files);
    }

    /** These options with this image for the platform's own snapshots. */
    public DockerOptions withDefaultImage(String image) {
        return new DockerOptions(socket, image, privileged, processLimit, stateFolder, files);
    }

    /** These options with these names of snapshots that may hold a daemon; none forbids them. */
    public DockerOptions withPrivileged(List<String> names) {
        return new DockerOptions(socket, defaultImage, names, processLimit, stateFolder, files);
    }

    /** These options with this folder. */
    public DockerOptions withStateFolder(Path folder) {
        return new DockerOptions(socket, defaultImage, privileged, processLimit, folder, files);
    }

    /** Whether a snapshot's sandboxes may hold a Docker daemon. */
    boolean mayHoldDaemon(String snapshot) {
        return privileged.stream()
                .anyMatch(name -> name.endsWith("*")
                        ? snapshot.startsWith(name.substring(0, name.length() - 1))
                        : snapshot.equals(name));
    }

    private static Path socket(String host) {
        if (host.isBlank()) {
            return Path.of(SOCKET);
        }
        if (host.startsWith("unix:///")) {
            return Path.of(host.substring("unix://".length()));
        }
        throw new InvalidInputException(
                "DOCKER_HOST",
                "was '" + host
                        + "'; expected unix:///path/to/docker.sock. Engines behind TCP or SSH cannot be used; a tunnel to a"
                        + " Unix socket can (ssh -L /tmp/docker.sock:/var/run/docker.sock HOST)");
    }

    private static Path state(Map<String, String> environment) {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        String home = environment.getOrDefault("HOME", "");
        if (state.startsWith("/")) {
            return Path.of(state, "sandflock", "docker");
        }
        return home.startsWith("/")
                ? Path.of(home, ".local", "state", "sandflock", "docker")
                : Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "sandflock-docker");
    }
}
