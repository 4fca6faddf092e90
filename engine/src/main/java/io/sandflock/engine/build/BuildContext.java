/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import io.sandflock.engine.tar.TarArchive;
import io.sandflock.engine.tar.TarEntry;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * What a build needs of its context.
 *
 * @param hash of names, modes and contents, hexadecimal; the same on every machine
 * @param archive the tar archive; cold, and an error when a file is not any more what it was
 */
public record BuildContext(String hash, TarArchive archive) {

    /** The same for everybody, and not before 1980: zip files, and so Python's packages, know no earlier time. */
    private static final Instant TIME = Instant.parse("2000-01-01T00:00:00Z");

    static BuildContext of(Collection<ContextEntry> entries) {
        MessageDigest digest = Digests.sha256();
        for (ContextEntry entry : entries) {
            String line = entry.path() + "\0" + Integer.toOctalString(entry.mode()) + "\0" + entry.size() + "\0"
                    + entry.digest() + "\0";
            digest.update(line.getBytes(StandardCharsets.UTF_8));
        }
        List<TarArchive.Item> items = entries.stream().map(BuildContext::item).toList();
        return new BuildContext(Digests.hex(digest), TarArchive.of(items));
    }

    private static TarArchive.Item item(ContextEntry entry) {
        return entry.isFolder()
                ? TarArchive.Item.of(TarEntry.folder(entry.path(), entry.mode()).at(TIME))
                : new TarArchive.Item(
                        TarEntry.file(entry.path(), entry.mode(), entry.size()).at(TIME), Digests.content(entry));
    }
}
