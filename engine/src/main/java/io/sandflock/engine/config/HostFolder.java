/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.engine.document.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * The folder that an eval's host paths are relative to, and who may leave it: the author of the eval file may, a dataset may not.
 *
 * @param folder the eval's folder
 * @param confined whether paths, links followed, must stay inside
 */
record HostFolder(Path folder, boolean confined) {

    /**
     * The file or folder of this path.
     *
     * @throws IllegalArgumentException when it is not there, not readable, or outside of a folder that confines
     */
    Path existing(String text) {
        Path path = resolve(text);
        if (confined && !inside(path)) {
            throw new IllegalArgumentException("the path " + Problems.shown(text)
                    + " leaves the eval's folder; a dataset may name files inside it only");
        }
        if (!Files.exists(path)) {
            throw new IllegalArgumentException("no such file: " + Problems.shown(text) + " (looked for " + path + ")");
        }
        if (!Files.isReadable(path)) {
            throw new IllegalArgumentException("not readable: " + Problems.shown(text));
        }
        return path;
    }

    private Path resolve(String text) {
        try {
            return folder.resolve(text).normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("not a path: " + Problems.shown(text), e);
        }
    }

    // The real path where there is one: a link inside the folder may lead out of it. Otherwise as written, so that what
    // is outside
    // and missing is told from what is outside and there by nobody.
    private boolean inside(Path path) {
        try {
            Path real = Files.exists(path)
                    ? path.toRealPath()
                    : path.toAbsolutePath().normalize();
            Path root = Files.exists(path)
                    ? folder.toRealPath()
                    : folder.toAbsolutePath().normalize();
            return real.startsWith(root);
        } catch (IOException e) {
            return false;
        }
    }
}
