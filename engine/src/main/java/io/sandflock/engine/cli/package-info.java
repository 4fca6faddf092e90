/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The command line: what people type and what they see. */
@NullMarked
package io.sandflock.engine.cli;

import org.jspecify.annotations.NullMarked;
