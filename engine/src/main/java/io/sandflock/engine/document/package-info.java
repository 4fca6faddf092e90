/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Files that people write, YAML, JSON, CSV: values with lines, bounds on what is read, and problems that are said all at once. */
@NullMarked
package io.sandflock.engine.document;

import org.jspecify.annotations.NullMarked;
