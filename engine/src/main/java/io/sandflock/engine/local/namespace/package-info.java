/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
/** Sandboxes made of Linux namespaces with util-linux, copy-on-write over the host's own system folders. */
@NullMarked
package io.sandflock.engine.local.namespace;

import org.jspecify.annotations.NullMarked;
