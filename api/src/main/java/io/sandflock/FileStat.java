/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.time.Instant;
import java.util.Objects;

/**
 * What is known of a file in an environment.
 *
 * @param name the last part of its path
 * @param type what it is
 * @param size bytes; of a symbolic link, of the path that it holds
 * @param permissions the lower 12 bits of its mode, for example {@code 0755}
 * @param uid numeric owner
 * @param gid numeric group
 * @param modifiedAt time of the last modification; resolution: s
 */
public record FileStat(String name, Type type, long size, int permissions, long uid, long gid, Instant modifiedAt) {

    /** Refuses {@code null}, and more than permissions. */
    public FileStat {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(modifiedAt, "modifiedAt");
        if ((permissions & ~07777) != 0) {
            throw new IllegalArgumentException("permissions have 12 bits, got 0" + Integer.toOctalString(permissions));
        }
    }

    /** What a path leads to. */
    public enum Type {
        /** A regular file. */
        FILE,
        /** A directory. */
        DIRECTORY,
        /** A symbolic link. */
        LINK,
        /** A pipe, a socket or a device. */
        SPECIAL
    }
}
