/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import java.nio.file.Path;

/**
 * A file or folder of a build context.
 *
 * @param path in the context, with slashes
 * @param source where it is on this machine, links followed
 * @param isFolder whether it is a folder
 * @param mode its permission bits
 * @param size of a file
 * @param digest SHA-256 of a file's content, hexadecimal; empty for a folder
 */
record ContextEntry(String path, Path source, boolean isFolder, int mode, long size, String digest) {}
