/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Benchmarks of what is package-private in the room of the same name. */
@NullMarked
package io.sandflock.engine.run;

import org.jspecify.annotations.NullMarked;
