/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import java.nio.file.Path;

/**
 * A path of this machine in a compose file's data.
 *
 * @param path absolute and normalized
 * @param context whether it is a build's context
 * @param source where it was written: file and line
 */
record HostPath(Path path, boolean context, String source) {}
