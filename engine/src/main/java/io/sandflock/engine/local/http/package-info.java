/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** What the embedded server's two halves share of HTTP: bounded bodies, answers, paths, multipart streams. */
@NullMarked
package io.sandflock.engine.local.http;

import org.jspecify.annotations.NullMarked;
