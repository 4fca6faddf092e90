/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** A sandbox's life: intent, create or adopt, wait until started, delete; nothing is left. */
@NullMarked
package io.sandflock.engine.lease;

import org.jspecify.annotations.NullMarked;
