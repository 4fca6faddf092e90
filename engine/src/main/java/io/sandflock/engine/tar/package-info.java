/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Trees of files as tar archives, as streams of bytes: written from memory or from this machine's files, read into events, and
 * unpacked into a folder that nothing gets out of. The format is POSIX ustar, with pax headers for what does not fit into it.
 */
@NullMarked
package io.sandflock.engine.tar;

import org.jspecify.annotations.NullMarked;
