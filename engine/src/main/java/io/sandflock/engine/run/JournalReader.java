/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads a journal, whole or cut at any byte: a line counts once its line feed is there, so a torn last line never does.
 * Blocks.
 */
public final class JournalReader {

    private JournalReader() {}

    /** Every whole line, in order. A line that is no JSON object is skipped: what follows may still name a sandbox. */
    public static void read(Path journal, Consumer<JsonNode> lines) throws IOException {
        Lines.read(journal, (line, text) -> lines.accept(line));
    }

    /** Names of the sandboxes that were intended and are not known to be gone, each with its id, or an empty string. */
    public static Map<String, String> open(Path journal) throws IOException {
        Map<String, String> open = new LinkedHashMap<>();
        read(journal, line -> follow(line, open));
        return open;
    }

    private static void follow(JsonNode line, Map<String, String> open) {
        String sandbox = line.path("sandbox").asText("");
        switch (line.path("what").asText("")) {
            case "intent", "unknown" -> open.putIfAbsent(sandbox, "");
            case "created", "adopted" -> open.put(sandbox, line.path("detail").asText(""));
            case "failed", "deleted" -> open.remove(sandbox);
            default -> {
                // Started, left over, and what newer versions write: the sandbox stays what it is.
            }
        }
    }
}
