/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** A machine's files by small programs that run inside the machine, as its user and within its walls. */
@NullMarked
package io.sandflock.engine.local.files;

import org.jspecify.annotations.NullMarked;
