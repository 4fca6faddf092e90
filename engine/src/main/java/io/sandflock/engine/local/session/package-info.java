/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The daemon's sessions: shells that keep their state, and the logs of what runs in them. */
@NullMarked
package io.sandflock.engine.local.session;

import org.jspecify.annotations.NullMarked;
