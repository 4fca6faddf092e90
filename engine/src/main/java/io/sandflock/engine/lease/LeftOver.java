/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

/**
 * A sandbox that is left, or may be.
 *
 * @param name the name that it was created under
 * @param id the platform's id; empty when it could not be found out whether there is such a sandbox
 * @param reason why it is left
 */
public record LeftOver(String name, String id, String reason) {

    /** For people. */
    @Override
    public String toString() {
        return name + (id.isEmpty() ? "" : " (" + id + ")") + ": " + reason;
    }
}
