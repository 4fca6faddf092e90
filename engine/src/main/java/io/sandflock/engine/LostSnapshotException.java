/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine;

import io.sandflock.PermanentException;

/** A snapshot went away between the look at it and the create that named it. Nothing was created; another look makes sure of it again. */
final class LostSnapshotException extends PermanentException {

    private static final long serialVersionUID = 1L;

    /** @param refusal the platform's refusal */
    LostSnapshotException(PermanentException refusal) {
        super(refusal.code(), refusal.reason(), refusal.context(), refusal);
    }
}
