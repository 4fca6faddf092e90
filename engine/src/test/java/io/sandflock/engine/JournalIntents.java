/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.ErrorCode;
import java.util.HashSet;
import java.util.Set;

/** The sandboxes that a journal says were asked for, once each: but one that the platform had no room for is asked for again. */
final class JournalIntents {

    private static final Set<String> REFUSALS = Set.of(ErrorCode.RATE_LIMITED.name(), ErrorCode.QUOTA_EXCEEDED.name());

    private final Set<String> names = new HashSet<>();
    private final Set<String> refused = new HashSet<>();

    /** Takes the next line; whether it may follow what was there. */
    boolean follow(JsonNode line) {
        String sandbox = line.path("sandbox").asText();
        switch (line.path("what").asText()) {
            case "intent" -> {
                return names.add(sandbox) || refused.remove(sandbox);
            }
            case "failed" -> {
                if (REFUSALS.contains(line.path("detail").asText())) {
                    refused.add(sandbox);
                }
                return true;
            }
            default -> {
                return true;
            }
        }
    }

    Set<String> names() {
        return names;
    }
}
