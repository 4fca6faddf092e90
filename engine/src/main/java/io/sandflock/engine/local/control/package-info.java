/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The control plane of the embedded platform: sandboxes, snapshots, lists, limits, and the server that they are mounted in. */
@NullMarked
package io.sandflock.engine.local.control;

import org.jspecify.annotations.NullMarked;
