/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The wiring and the sample pipeline. */
@NullMarked
package io.sandflock.engine;

import org.jspecify.annotations.NullMarked;
