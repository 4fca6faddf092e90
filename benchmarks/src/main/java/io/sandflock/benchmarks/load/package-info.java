/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The load harness: an engine against a platform in a process of its own, and what that costs. */
@NullMarked
package io.sandflock.benchmarks.load;

import org.jspecify.annotations.NullMarked;
