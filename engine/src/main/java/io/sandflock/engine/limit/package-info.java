/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Shared limits: concurrency, rate, retries, and the time that they are measured in. */
@NullMarked
package io.sandflock.engine.limit;

import org.jspecify.annotations.NullMarked;
