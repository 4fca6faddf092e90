/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/** The program that runs in the sandbox, {@code claim.sh}, without its comments and its indentation. */
final class ClaimProgram {

    /** As it is sent. */
    static final String TEXT = load();

    private ClaimProgram() {}

    private static String load() {
        try (InputStream resource = ClaimProgram.class.getResourceAsStream("claim.sh")) {
            if (resource == null) {
                throw new IllegalStateException("claim.sh is missing from Sandflock's jar");
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
