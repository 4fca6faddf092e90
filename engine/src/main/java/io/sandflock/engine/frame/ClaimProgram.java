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
import java.util.stream.Stream;

/** The programs that run in the sandbox, without their comments and their indentation. */
final class ClaimProgram {

    /** The claim-once program, as it is sent: its parts one after another. */
    static final String TEXT = Stream.of("common", "tree", "pump", "supervisor", "answer", "main")
            .map(part -> load("claim/" + part + ".sh"))
            .collect(Collectors.joining("\n"));

    /** {@code stage.sh}, which becomes the command. */
    static final String STAGE = load("stage.sh");

    private ClaimProgram() {}

    private static String load(String name) {
        try (InputStream resource = ClaimProgram.class.getResourceAsStream(name)) {
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
