/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Permission bits as the JDK has them. Set-user-id, set-group-id and sticky are none of them. */
final class Modes {

    private Modes() {}

    static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (PosixFilePermission permission : PosixFilePermission.values()) {
            // In the order of the letters: the owner's read is the highest bit.
            if ((mode & (0400 >> permission.ordinal())) != 0) {
                set.add(permission);
            }
        }
        return set;
    }
}
