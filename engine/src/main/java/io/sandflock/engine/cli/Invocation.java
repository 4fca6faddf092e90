/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * What a command works with.
 *
 * @param terminal where it writes
 * @param environment the process's variables
 * @param ahead what was begun before the command was read
 */
record Invocation(Terminal terminal, Map<String, String> environment, Ahead ahead) {

    /** Prints a result as JSON. */
    void printJson(Object value) {
        try {
            terminal.out().println(Json.WRITER.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Prints the lines of a result. */
    void print(Iterable<String> lines) {
        lines.forEach(terminal.out()::println);
    }

    /** Says something that is not part of the result. */
    void say(String line) {
        terminal.err().println(line);
    }

    /** Made for the commands that print JSON: no other waits for Jackson here. */
    private static final class Json {

        private static final ObjectMapper WRITER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    }
}
