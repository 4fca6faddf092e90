/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** A substrate without processes: scripted times, scripted commands, files in memory, scripted faults. */
@NullMarked
package io.sandflock.engine.local.simulated;

import org.jspecify.annotations.NullMarked;
