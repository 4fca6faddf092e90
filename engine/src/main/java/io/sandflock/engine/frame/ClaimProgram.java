/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The programs that run in the sandbox, without their comments and their indentation. */
final class ClaimProgram {

    /** The parts of the claim-once program, as they are sent: common ones, the supervisor's, and the request's, which are read as the first. */
    static final List<String> TEXTS =
            List.of(join("common"), join("tree", "pump", "supervisor", "run"), join("answer", "main"));

    /** {@code stage.sh}, which becomes the command. */
    static final String STAGE = load("stage.sh");

    private ClaimProgram() {}

    private static String join(String... parts) {
        return Stream.of(parts).map(part -> load("claim/" + part + ".sh")).collect(Collectors.joining("\n"));
    }

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
