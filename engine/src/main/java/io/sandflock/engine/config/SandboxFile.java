/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** Tells a file that describes a sandbox from one that describes an eval. Blocks. */
public final class SandboxFile {

    private static final Pattern DOCKERFILE = Pattern.compile("Dockerfile(\\..+)?|.+\\.Dockerfile");
    private static final Pattern YAML = Pattern.compile(".+\\.ya?ml");
    private static final Pattern COMPOSE = Pattern.compile("(.*[-.])?compose\\.ya?ml");
    private static final Pattern SERVICES = Pattern.compile("(?m)^(services|include|\"services\"|'services')[ \\t]*:");

    private SandboxFile() {}

    /**
     * The sandbox that a file describes by itself: a Dockerfile, or a compose file by its name or by its services; of a folder without
     * an eval the file that is detected in it. Empty for an eval, and for what is not there.
     */
    public static Optional<SandboxSpec> of(Path file) {
        String name = String.valueOf(file.getFileName());
        if (Files.isDirectory(file) && !EvalFile.isIn(file)) {
            return Optional.of(SandboxResolution.detect(file)).filter(found -> !(found instanceof SandboxSpec.Default));
        }
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        if (DOCKERFILE.matcher(name).matches()) {
            return Optional.of(new SandboxSpec.Dockerfile(file));
        }
        boolean compose = COMPOSE.matcher(name).matches() || (YAML.matcher(name).matches() && hasServices(file));
        return compose ? Optional.of(new SandboxSpec.Compose(file)) : Optional.empty();
    }

    private static boolean hasServices(Path file) {
        try {
            return Files.size(file) <= io.sandflock.engine.document.Bounds.EVAL_BYTES
                    && SERVICES.matcher(Files.readString(file)).find();
        } catch (IOException e) {
            // Whoever reads it next says why it cannot be read.
            return false;
        }
    }
}
