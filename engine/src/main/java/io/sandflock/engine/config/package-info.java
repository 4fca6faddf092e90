/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** What users write: eval files, datasets, and which sandbox a sample gets. Files are read on the caller's thread. */
@NullMarked
package io.sandflock.engine.config;

import org.jspecify.annotations.NullMarked;
