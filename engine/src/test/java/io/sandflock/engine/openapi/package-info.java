/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Holds exchanges that were recorded in tests against the platform's own OpenAPI documents. */
@NullMarked
package io.sandflock.engine.openapi;

import org.jspecify.annotations.NullMarked;
