/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Benchmarks that need to stand in the client's room: its codec is nobody else's business. */
@NullMarked
package io.sandflock.engine.daytona;

import org.jspecify.annotations.NullMarked;
