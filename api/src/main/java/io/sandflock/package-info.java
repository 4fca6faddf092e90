/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** What users of Sandflock compile against. */
@NullMarked
package io.sandflock;

import org.jspecify.annotations.NullMarked;
