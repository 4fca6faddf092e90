/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.SandboxSpec;
import io.sandflock.engine.document.Problems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which sandbox a setting means. Whether the platform can make it is found out later.
 *
 * <p>A name is a file's when it looks like one (Dockerfile, compose, {@code *.yaml}), else an image when it has a {@code /}, a
 * {@code :} or an {@code @}, else a snapshot. Where that is wrong, {@code {snapshot: name}} and its like say what is meant.
 */
final class SandboxResolution {

    static final String ACCEPTED =
            "a Dockerfile (Dockerfile, Dockerfile.x, x.Dockerfile), a compose file (compose.yaml), "
                    + "an image reference (python:3.12), a snapshot's name, or {snapshot|image|dockerfile|compose: ...}";

    private static final List<String> DETECTED =
            List.of("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml", "Dockerfile");
    private static final Pattern DOCKERFILE = Pattern.compile("Dockerfile(\\..+)?|.+\\.Dockerfile");
    private static final Pattern COMPOSE = Pattern.compile(".+\\.ya?ml");
    private static final Pattern SNAPSHOT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,254}");
    // Platforms' snapshot names may look like image references; an explicit one may have all that they allow.
    private static final Pattern EXPLICIT_SNAPSHOT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:/@-]{0,254}");
    private static final Pattern IMAGE = Pattern.compile(
            "(?:[A-Za-z0-9.-]+(?::[0-9]{1,5})?/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
                    + "(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?");
    private static final int LONGEST = 512;

    private SandboxResolution() {}

    /** For a folder whose eval names no sandbox. */
    static SandboxSpec detect(Path folder) {
        for (String name : DETECTED) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                return name.equals("Dockerfile") ? new SandboxSpec.Dockerfile(file) : new SandboxSpec.Compose(file);
            }
        }
        return SandboxSpec.defaultSnapshot();
    }

    /** @throws IllegalArgumentException with what was given and what is accepted */
    static SandboxSpec resolve(String text, HostFolder folder) {
        if (text.isBlank() || text.length() > LONGEST) {
            throw refused(text);
        }
        String name = text.substring(text.lastIndexOf('/') + 1);
        if (DOCKERFILE.matcher(name).matches()) {
            return new SandboxSpec.Dockerfile(file(text, folder));
        }
        if (COMPOSE.matcher(name).matches()) {
            return new SandboxSpec.Compose(file(text, folder));
        }
        boolean path = text.startsWith("/") || text.startsWith("./") || text.startsWith("../") || text.startsWith("~");
        if (!path && SNAPSHOT.matcher(text).matches()) {
            return SandboxSpec.snapshot(text);
        }
        if (!path && IMAGE.matcher(text).matches()) {
            return SandboxSpec.image(text);
        }
        throw refused(text);
    }

    /** As above, for a mapping that says which kind it is. */
    static SandboxSpec resolve(String kind, String text, HostFolder folder) {
        return switch (kind) {
            case "snapshot" -> SandboxSpec.snapshot(matching(EXPLICIT_SNAPSHOT, text, "a snapshot's name"));
            case "image" -> SandboxSpec.image(matching(IMAGE, text, "an image reference"));
            case "dockerfile" -> new SandboxSpec.Dockerfile(file(text, folder));
            case "compose" -> new SandboxSpec.Compose(file(text, folder));
            default ->
                throw new IllegalArgumentException("unknown key " + Problems.shown(kind)
                        + Problems.accepted(kind, List.of("snapshot", "image", "dockerfile", "compose")));
        };
    }

    private static String matching(Pattern pattern, String text, String what) {
        if (text.length() > LONGEST || !pattern.matcher(text).matches()) {
            throw new IllegalArgumentException(Problems.shown(text) + " is not " + what);
        }
        return text;
    }

    private static Path file(String text, HostFolder folder) {
        try {
            Path file = folder.existing(text);
            if (Files.isDirectory(file)) {
                throw new IllegalArgumentException(Problems.shown(text) + " is a folder; expected a file");
            }
            return file;
        } catch (InvalidPathException e) {
            throw refused(text);
        }
    }

    private static IllegalArgumentException refused(String text) {
        return new IllegalArgumentException(Problems.shown(text) + " is no sandbox; accepted: " + ACCEPTED);
    }
}
