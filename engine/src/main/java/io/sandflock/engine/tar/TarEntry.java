/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.time.Instant;
import java.util.Objects;

/**
 * What an archive says of one thing in it. Names are text; a byte that is no UTF-8 is the character {@code U+DC00} plus that byte,
 * so that every name survives.
 *
 * @param path with slashes, without one at its end; relative in all archives that are written here
 * @param kind what it is
 * @param mode its 12 permission bits
 * @param size of its content in bytes; 0 for all but files
 * @param modifiedAt resolution: seconds
 * @param target what a link leads to, as it is stored: relative to the link's folder, or, for a hard link, a path of the archive;
 *     empty for all others
 */
public record TarEntry(String path, Kind kind, int mode, long size, Instant modifiedAt, String target) {

    /** Refuses what no archive can hold. */
    public TarEntry {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(modifiedAt, "modifiedAt");
        if (path.isEmpty() || path.indexOf('\0') >= 0 || target.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a name in an archive must have a character, and none may be NUL");
        }
        if ((mode & ~07777) != 0) {
            throw new IllegalArgumentException("a mode has 12 bits, got 0" + Integer.toOctalString(mode));
        }
        if (size < 0 || (size > 0 && kind != Kind.FILE)) {
            throw new IllegalArgumentException("a size of " + size + " bytes for a " + kind);
        }
        if (target.isEmpty() == (kind == Kind.LINK || kind == Kind.HARD_LINK)) {
            throw new IllegalArgumentException("links have a target, and nothing else has one; was " + kind);
        }
    }

    /** A regular file, modified at the epoch. */
    public static TarEntry file(String path, int mode, long size) {
        return new TarEntry(path, Kind.FILE, mode, size, Instant.EPOCH, "");
    }

    /** A folder, modified at the epoch. */
    public static TarEntry folder(String path, int mode) {
        return new TarEntry(path, Kind.FOLDER, mode, 0, Instant.EPOCH, "");
    }

    /** A symbolic link, modified at the epoch. */
    public static TarEntry link(String path, String target) {
        return new TarEntry(path, Kind.LINK, 0777, 0, Instant.EPOCH, target);
    }

    /** This entry with another time. */
    public TarEntry at(Instant time) {
        return new TarEntry(path, kind, mode, size, time, target);
    }

    /** What an entry is. */
    public enum Kind {
        /** A regular file. */
        FILE,
        /** A folder. */
        FOLDER,
        /** A symbolic link. */
        LINK,
        /** Another name of a file that came before. */
        HARD_LINK,
        /** A pipe or a device. Never written. */
        SPECIAL
    }
}
