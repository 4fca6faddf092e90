/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a run's folder remembers of how it was started.
 *
 * @param folder the run's
 * @param options as they were given
 */
record RunMemory(Path folder, JsonNode options) {

    /** Where the options are, among the details in {@code run.json}. */
    static final String OPTIONS = "options";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Reads {@code run.json}; blocks. Refuses a folder without one, and one that no command line wrote. */
    static RunMemory of(Path folder) {
        Path file = folder.resolve("run.json");
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException(
                    folder.toString(),
                    "there is no run in this folder: it has no run.json; expected one like runs/EVAL-TIME-HEX");
        }
        try {
            JsonNode options =
                    JSON.readTree(Files.readAllBytes(file)).path("details").path(OPTIONS);
            if (options.isObject()) {
                return new RunMemory(folder, options);
            }
        } catch (JsonProcessingException e) {
            throw new InvalidInputException(file.toString(), "is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new InvalidInputException(file.toString(), "cannot be read: " + e.getMessage(), e);
        }
        throw new InvalidInputException(
                file.toString(),
                "does not say how the run was started; only a run of 'sandflock run' can be resumed by it");
    }

    @Nullable
    Integer number(String name) {
        return options.path(name).isInt() ? options.path(name).asInt() : null;
    }

    @Nullable
    String text(String name) {
        return options.path(name).isTextual() ? options.path(name).asText() : null;
    }
}
