/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a sandbox's files are, which stay when it stops, and what its cgroups are called. All methods block.
 *
 * @param name a sandbox's id, or one that no id can be
 * @param folder the sandbox's files
 */
record Plot(String name, Path folder) {

    /** The list of mounts. */
    Path fstab() {
        return folder.resolveSibling(folder.getFileName() + ".fstab");
    }

    /** What the keeper has to complain of. */
    Path log() {
        return folder.resolveSibling(folder.getFileName() + ".fstab.log");
    }

    /** Nothing may run in it any more. */
    void delete(StateFolder state) throws IOException {
        state.delete(folder);
        Files.deleteIfExists(fstab());
        Files.deleteIfExists(log());
    }
}
