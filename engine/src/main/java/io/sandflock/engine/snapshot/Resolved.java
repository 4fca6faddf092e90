/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import io.sandflock.engine.platform.CreateSandbox;
import java.util.List;

/**
 * Something to make sandboxes from.
 *
 * @param source as the create request has it
 * @param warnings for people
 */
public record Resolved(CreateSandbox.Source source, List<String> warnings) {

    /** Copies the warnings. */
    public Resolved {
        warnings = List.copyOf(warnings);
    }
}
