/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Pseudo-terminals in a machine, with a login shell each, for the people who connect to them. */
@NullMarked
package io.sandflock.engine.local.pty;

import org.jspecify.annotations.NullMarked;
