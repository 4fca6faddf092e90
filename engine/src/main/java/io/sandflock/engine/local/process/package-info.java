/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Processes of the host as processes of a machine: pipes with back-pressure, process groups, exact environments. And what tells the next
 * JVM that this one is gone.
 */
@NullMarked
package io.sandflock.engine.local.process;

import org.jspecify.annotations.NullMarked;
