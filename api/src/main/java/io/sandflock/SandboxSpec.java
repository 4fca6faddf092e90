/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Which sandbox a sample gets. What it means on a platform, and that it exists there, is found out when it is resolved, not
 * when it is made.
 */
public sealed interface SandboxSpec {

    /** The platform's default snapshot. */
    static SandboxSpec defaultSnapshot() {
        return Default.INSTANCE;
    }

    /** A snapshot by name. */
    static SandboxSpec snapshot(String name) {
        return new Snapshot(name);
    }

    /** An image reference, for example {@code python:3.12-slim}. */
    static SandboxSpec image(String reference) {
        return new Image(reference);
    }

    /**
     * A compose model in code.
     *
     * @param yaml as a compose file's text; JSON is YAML
     * @param folder what its paths are relative to
     */
    static SandboxSpec compose(String yaml, Path folder) {
        return new ComposeModel(yaml, folder);
    }

    /** The platform's default snapshot. */
    enum Default implements SandboxSpec {
        /** The only instance. */
        INSTANCE;

        /** For people. */
        @Override
        public String toString() {
            return "default snapshot";
        }
    }

    /** A snapshot that exists on the platform. */
    record Snapshot(String name) implements SandboxSpec {
        /** Refuses a blank name. */
        public Snapshot {
            requireText(name, "name");
        }

        /** For people. */
        @Override
        public String toString() {
            return "snapshot " + name;
        }
    }

    /** A container image. */
    record Image(String reference) implements SandboxSpec {
        /** Refuses a blank reference. */
        public Image {
            requireText(reference, "reference");
        }

        /** For people. */
        @Override
        public String toString() {
            return "image " + reference;
        }
    }

    /** An image built from a Dockerfile and the folder that it lies in. */
    record Dockerfile(Path file) implements SandboxSpec {
        /** Refuses {@code null}. */
        public Dockerfile {
            Objects.requireNonNull(file, "file");
        }

        /** For people. */
        @Override
        public String toString() {
            return "Dockerfile " + file;
        }
    }

    /** A compose file. */
    record Compose(Path file) implements SandboxSpec {
        /** Refuses {@code null}. */
        public Compose {
            Objects.requireNonNull(file, "file");
        }

        /** For people. */
        @Override
        public String toString() {
            return "compose file " + file;
        }
    }

    /**
     * A compose model given in code.
     *
     * @param yaml the text of a compose file; may hold secrets
     * @param folder what its paths are relative to, and where its {@code .env} is looked for
     */
    record ComposeModel(String yaml, Path folder) implements SandboxSpec {
        /** Refuses a blank text. */
        public ComposeModel {
            requireText(yaml, "yaml");
            Objects.requireNonNull(folder, "folder");
        }

        /** For people; never the text. */
        @Override
        public String toString() {
            return "compose model in " + folder;
        }
    }

    private static void requireText(String text, String name) {
        if (Objects.requireNonNull(text, name).isBlank()) {
            throw new IllegalArgumentException(name + " must not be blank");
        }
    }
}
