/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Processes of the host as processes of a machine: pipes with back-pressure, process groups, exact environments. */
@NullMarked
package io.sandflock.engine.local.process;

import org.jspecify.annotations.NullMarked;
