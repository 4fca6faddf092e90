/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import java.util.Locale;

/** States of a sandbox that this platform uses. */
enum State {
    CREATING,
    PENDING_BUILD,
    BUILDING_SNAPSHOT,
    PULLING_SNAPSHOT,
    STARTED,
    STARTING,
    STOPPING,
    STOPPED,
    ARCHIVED,
    RESTORING,
    DESTROYING,
    DESTROYED,
    ERROR,
    BUILD_FAILED;

    private final String wire = name().toLowerCase(Locale.ROOT);

    String wire() {
        return wire;
    }

    /** Whether the platform is still at work on it, so that another change is refused. */
    boolean isTransition() {
        return switch (this) {
            case CREATING, BUILDING_SNAPSHOT, PULLING_SNAPSHOT, STARTING, STOPPING, RESTORING, DESTROYING -> true;
            case PENDING_BUILD, STARTED, STOPPED, ARCHIVED, DESTROYED, ERROR, BUILD_FAILED -> false;
        };
    }

    boolean isError() {
        return this == ERROR || this == BUILD_FAILED;
    }

    /** Whether it takes CPU and memory from the quota. */
    boolean isRunning() {
        return switch (this) {
            case CREATING, PENDING_BUILD, BUILDING_SNAPSHOT, PULLING_SNAPSHOT, STARTED, STARTING, STOPPING, RESTORING ->
                true;
            case STOPPED, ARCHIVED, DESTROYING, DESTROYED, ERROR, BUILD_FAILED -> false;
        };
    }
}
