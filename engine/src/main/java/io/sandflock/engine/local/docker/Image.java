/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * An image of the engine's.
 *
 * @param id digest
 * @param workDir absolute; empty when the image names none
 * @param entrypoint the image's own, or the snapshot's
 */
record Image(String id, String workDir, List<String> entrypoint) {

    Image {
        entrypoint = List.copyOf(entrypoint);
    }

    /** With another one, unless that is empty. */
    Image withEntrypoint(List<String> other) {
        return other.isEmpty() ? this : new Image(id, workDir, other);
    }

    /** From the engine's {@code GET /images/NAME/json}. */
    static Image from(JsonNode json) {
        JsonNode config = json.path("Config");
        List<String> entrypoint = new ArrayList<>();
        config.path("Entrypoint").forEach(part -> entrypoint.add(part.asText()));
        return new Image(json.path("Id").asText(), config.path("WorkingDir").asText(""), entrypoint);
    }
}
