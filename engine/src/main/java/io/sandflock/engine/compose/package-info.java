/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** From a sandbox's setting to its {@link io.sandflock.engine.plan.SandboxPlan}: compose files, read as the Compose specification says. */
@NullMarked
package io.sandflock.engine.compose;

import org.jspecify.annotations.NullMarked;
