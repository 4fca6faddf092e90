/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** What a sample's sandbox is, resolved from its setting: data that the rooms that build, create and bring up agree on. */
@NullMarked
package io.sandflock.engine.plan;

import org.jspecify.annotations.NullMarked;
