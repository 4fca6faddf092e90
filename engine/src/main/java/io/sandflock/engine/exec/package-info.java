/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * An environment on top of the port to a sandbox's daemon: at-most-once execution, output, timeouts, users, files. The entry is
 * {@link io.sandflock.engine.exec.ToolboxEnvironment}.
 */
@NullMarked
package io.sandflock.engine.exec;

import org.jspecify.annotations.NullMarked;
