/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** A run's course and its folder: admission, journal, results, summary. */
@NullMarked
package io.sandflock.engine.run;

import org.jspecify.annotations.NullMarked;
