/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import java.nio.BufferUnderflowException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what the engine's builder says: its log, how it failed, and which images it made on its way. For one build. */
final class BuildLog {

    private static final int TAIL = 4 * 1024;
    private static final Pattern STEP = Pattern.compile("Step \\d+/\\d+ : (?<word>\\S+).*", Pattern.DOTALL);
    private static final Pattern MADE = Pattern.compile("\\s*---> (?<id>[0-9a-f]{12})\\s*");

    private static final String BUILDKIT = "moby.buildkit.trace";

    private final String name;
    private final BuildTrace trace = new BuildTrace();
    private final StringBuilder tail = new StringBuilder();
    private boolean own;
    private Optional<String> lastOwn = Optional.empty();
    private Optional<String> ofStage = Optional.empty();
    private final List<String> stages = new ArrayList<>();

    BuildLog(String name) {
        this.name = name;
    }

    /** The log's next text. Errors with what went wrong and the log's end when this line says so. */
    Optional<String> text(JsonNode line) {
        if (line.has("error")) {
            String end = tail.toString().strip();
            throw new PermanentException(
                    ErrorCode.SNAPSHOT_FAILED,
                    "the image of " + name + " could not be built: "
                            + line.path("error").asText().strip()
                            + (end.isEmpty() ? "" : "\nthe build's log ends with:\n" + end),
                    ErrorContext.NONE);
        }
        String text = line.path("id").asText().equals(BUILDKIT)
                ? traced(line.path("aux").asText())
                : line.path("stream").asText(line.path("status").asText(""));
        if (text.isEmpty()) {
            return Optional.empty();
        }
        note(text);
        tail.append(text);
        if (tail.length() > 2 * TAIL) {
            tail.delete(0, tail.length() - TAIL);
        }
        return Optional.of(text);
    }

    private String traced(String encoded) {
        try {
            return trace.text(encoded);
        } catch (IllegalArgumentException
                | IllegalStateException
                | BufferUnderflowException
                | IndexOutOfBoundsException e) {
            // The build goes on, and how it ends is told apart from this.
            return "(BuildKit said something that cannot be read)\n";
        }
    }

    /** The last image that this build made itself; one that it found in the cache is somebody's. */
    Optional<String> lastOwn() {
        return lastOwn;
    }

    /** The last image that this build made itself for each stage but the one that it is in: what is copied from there is in another. */
    List<String> stages() {
        return List.copyOf(stages);
    }

    private void note(String text) {
        Matcher step = STEP.matcher(text);
        Matcher made = MADE.matcher(text);
        if (step.matches()) {
            own = !step.group("word").equalsIgnoreCase("FROM");
            if (!own) {
                ofStage.ifPresent(stages::add);
                ofStage = Optional.empty();
            }
        } else if (text.contains("---> Using cache")) {
            own = false;
        } else if (made.matches() && own) {
            lastOwn = Optional.of(made.group("id"));
            ofStage = lastOwn;
        }
    }
}
