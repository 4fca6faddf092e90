/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/** The programs that run in the sandbox and in its services, from Sandflock's jar, without comments and indentation. */
final class Programs {

    /** Brings services up. */
    static final String UP = load("up.sh");

    /** Makes a user at home in a service. */
    static final String PROFILE = load("profile.sh");

    /** Tells what became of a container. */
    static final String LOOK = load("look.sh");

    /** Reads a file in a service. */
    static final String READ = load("read.sh");

    /** Writes files in a service. */
    static final String WRITE = load("write.sh");

    private Programs() {}

    /** Reads all of them, once. Blocks: called where an engine is made. */
    static void ready() {
        if (UP.isEmpty()) {
            throw new IllegalStateException("up.sh is empty in Sandflock's jar");
        }
    }

    private static String load(String name) {
        try (InputStream resource = Programs.class.getResourceAsStream(name)) {
            if (resource == null) {
                throw new IllegalStateException(name + " is missing from Sandflock's jar");
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
