/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The port to a sandbox platform: what the engine needs of one, in the terms of Daytona v0. Nothing here knows HTTP. */
@NullMarked
package io.sandflock.engine.platform;

import org.jspecify.annotations.NullMarked;
