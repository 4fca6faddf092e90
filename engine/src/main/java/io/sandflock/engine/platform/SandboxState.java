/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.util.Locale;

/** The states of a sandbox that the engine acts on. */
public enum SandboxState {
    CREATING,
    RESTORING,
    DESTROYED,
    DESTROYING,
    STARTED,
    STOPPED,
    STARTING,
    STOPPING,
    ERROR,
    BUILD_FAILED,
    PENDING_BUILD,
    BUILDING_SNAPSHOT,
    PULLING_SNAPSHOT,
    ARCHIVED,
    ARCHIVING,
    /** A state that this version does not know; tolerated as one that passes. */
    UNKNOWN;

    /** The state of this name on the wire, or {@link #UNKNOWN}. */
    public static SandboxState ofWire(String name) {
        for (SandboxState state : values()) {
            if (state.wire().equals(name)) {
                return state;
            }
        }
        return UNKNOWN;
    }

    /** The name on the wire. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether a sandbox in this state will never become started by itself. */
    public boolean isDeadEnd() {
        return switch (this) {
            case DESTROYED, DESTROYING, ERROR, BUILD_FAILED, STOPPED, STOPPING, ARCHIVED, ARCHIVING -> true;
            case CREATING, RESTORING, STARTED, STARTING, PENDING_BUILD, BUILDING_SNAPSHOT, PULLING_SNAPSHOT, UNKNOWN ->
                false;
        };
    }
}
