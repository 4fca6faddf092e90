/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.pty;

import java.util.Optional;

/**
 * How a terminal's shell ended.
 *
 * @param exitCode the shell's; 128 + signal after a signal
 * @param reason why it ended, when it did not by itself
 */
public record PtyEnd(int exitCode, Optional<String> reason) {}
