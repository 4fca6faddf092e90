/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Sandboxes made of a Docker Engine's containers, by its HTTP API on its Unix socket. */
@NullMarked
package io.sandflock.engine.local.docker;

import org.jspecify.annotations.NullMarked;
