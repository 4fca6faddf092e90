/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** What is done with a sample in its sandbox: files, setup, command, score. */
@NullMarked
package io.sandflock.engine.task;

import org.jspecify.annotations.NullMarked;
