/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.snapshot;

import io.sandflock.Secret;
import io.sandflock.engine.platform.Snapshots.SnapshotInfo;
import java.time.Instant;

/** Which snapshots of an organization are one's own: those whose Dockerfile says so. */
public final class OwnSnapshots {

    private OwnSnapshots() {}

    /** Whether this owner had it built. */
    public static boolean isOwn(SnapshotInfo snapshot, String owner) {
        return !snapshot.general()
                && snapshot.dockerfile()
                        .map(Secret::reveal)
                        .filter(text -> SnapshotNames.isSignedBy(text, owner))
                        .isPresent();
    }

    /**
     * Whether it can go: it is this owner's, its name is that of its content, so that it is made again when it is needed, and nobody made
     * a sandbox from it since then. One of which the platform does not say when it was made or used stays, and so does one that is being
     * made.
     */
    public static boolean isPrunable(SnapshotInfo snapshot, String owner, Instant since) {
        return isOwn(snapshot, owner)
                && SnapshotNames.isContent(snapshot.name())
                && isAtRest(snapshot)
                && snapshot.lastUsedAt()
                        .or(snapshot::createdAt)
                        .filter(last -> last.isBefore(since))
                        .isPresent();
    }

    private static boolean isAtRest(SnapshotInfo snapshot) {
        return switch (snapshot.state()) {
            case ACTIVE, INACTIVE, ERROR, BUILD_FAILED -> true;
            case BUILDING, PENDING, PULLING, SNAPSHOTTING, REMOVING, UNKNOWN -> false;
        };
    }
}
