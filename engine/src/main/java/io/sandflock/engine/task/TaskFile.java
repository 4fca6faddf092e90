/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.FileContent;
import io.sandflock.Sample;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * A file that is written before the command runs.
 *
 * @param environment the compose service's name; empty for the default environment
 * @param path in the environment, absolute or relative to its working directory; never a path of the host
 * @param content what is written
 */
public record TaskFile(String environment, String path, Content content) {

    /** Refuses an empty path and one with a NUL character. */
    public TaskFile {
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(content, "content");
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a file's path must not be empty and must not hold a NUL character");
        }
    }

    /** What is written. */
    public sealed interface Content {

        /** For a sample. */
        FileContent of(Sample sample);

        /** Why there is none for this sample, if there is none. */
        Optional<String> problem(Sample sample);
    }

    /** UTF-8 text. */
    public record Text(Template template) implements Content {
        @Override
        public FileContent of(Sample sample) {
            return FileContent.text(template.render(sample));
        }

        @Override
        public Optional<String> problem(Sample sample) {
            return template.problem(sample);
        }
    }

    /** A file or folder of the host's, as it is. */
    public record Local(Path path) implements Content {
        @Override
        public FileContent of(Sample sample) {
            return FileContent.local(path);
        }

        @Override
        public Optional<String> problem(Sample sample) {
            return Optional.empty();
        }
    }
}
