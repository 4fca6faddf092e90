/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The wire inside the wire: what the engine feeds to a sandbox's shell to run a command at most once, and what comes back in
 * the shell's output. Pure functions, both ways, so that a platform without processes can play the sandbox's part.
 */
@NullMarked
package io.sandflock.engine.frame;

import org.jspecify.annotations.NullMarked;
