/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
@NullMarked
package io.sandflock.engine.snapshot;

import org.jspecify.annotations.NullMarked;
