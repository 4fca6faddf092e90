/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The embedded platform: a Daytona-compatible server on loopback and the substrates that its sandboxes run on. */
@NullMarked
package io.sandflock.engine.local;

import org.jspecify.annotations.NullMarked;
