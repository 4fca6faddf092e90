/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** The object storage that build contexts are uploaded to: as much of S3 as that takes, in memory and bounded. */
@NullMarked
package io.sandflock.engine.local.storage;

import org.jspecify.annotations.NullMarked;
