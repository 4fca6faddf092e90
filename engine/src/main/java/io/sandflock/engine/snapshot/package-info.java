/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** What a sandbox is made from: found, checked and awaited once, however many wait for it. */
@NullMarked
package io.sandflock.engine.snapshot;

import org.jspecify.annotations.NullMarked;
