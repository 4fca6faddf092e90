/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.util.List;
import java.util.Optional;

/**
 * How a person opens a shell in an environment.
 *
 * @param type the platform, for example {@code daytona}
 * @param command the command line to run, as an argument vector; it may hold a token that lets anyone in until it expires
 * @param sandbox the sandbox's id
 * @param note what to know before using it, for example when it expires
 */
public record Connection(String type, List<String> command, String sandbox, Optional<String> note) {

    /** Copies the command. */
    public Connection {
        command = List.copyOf(command);
    }

    /** Never the command: it may hold a token. */
    @Override
    public String toString() {
        return "Connection[" + type + ", " + sandbox + "]";
    }
}
