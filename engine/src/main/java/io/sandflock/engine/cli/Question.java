/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Asks a person. */
final class Question {

    private Question() {}

    /**
     * Whether the answer is yes. Blocks.
     *
     * @param command that needs an answer
     * @throws InvalidInputException when nobody is there
     */
    static boolean asked(Invocation invocation, String command, String question) throws IOException {
        String ttys = invocation.environment().getOrDefault("SANDFLOCK_TTY", "");
        if (!ttys.contains("0") || !ttys.contains("2")) {
            throw new InvalidInputException(
                    command, "nobody is there to be asked; give --yes to delete, --dry-run to look");
        }
        invocation.terminal().err().print(question + " [y/N] ");
        invocation.terminal().err().flush();
        String answer = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        return answer != null
                && (answer.strip().equalsIgnoreCase("y") || answer.strip().equalsIgnoreCase("yes"));
    }
}
