/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** What Daytona's daemon in a sandbox does, over HTTP, for any {@link io.sandflock.engine.local.Machine}. */
@NullMarked
package io.sandflock.engine.local.toolbox;

import org.jspecify.annotations.NullMarked;
