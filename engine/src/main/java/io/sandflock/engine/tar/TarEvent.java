/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.nio.ByteBuffer;

/** What comes out of an archive that is read, in the archive's order. */
public sealed interface TarEvent {

    /** The next entry. Of a file as many bytes follow as its size says, before the next entry or the end. */
    record Entry(TarEntry entry) implements TarEvent {}

    /** The next bytes of the last entry; never empty, and not to be modified. */
    record Content(ByteBuffer bytes) implements TarEvent {
        /** The size only. */
        @Override
        public String toString() {
            return "Content[" + bytes.remaining() + "]";
        }
    }
}
