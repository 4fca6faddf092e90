/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** JMH suites. {@code benchmarks/README.md} says how to run them. */
@NullMarked
package io.sandflock.benchmarks;

import org.jspecify.annotations.NullMarked;
