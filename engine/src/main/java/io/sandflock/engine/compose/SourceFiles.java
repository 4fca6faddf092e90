/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Bounds;
import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import io.sandflock.engine.document.Utf8Reader;
import io.sandflock.engine.document.YamlReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The files of all plans, each read once and again when it was changed. Thread-safe; blocks. */
final class SourceFiles {

    private static final Stamp ABSENT = new Stamp(0, -1, null);

    private final ConcurrentMap<Path, Content> contents = new ConcurrentHashMap<>();
    private final LongAdder opened = new LongAdder();

    /** What tells one content of a file from the next. */
    private record Stamp(long modified, long size, @Nullable Object key) {}

    private record Content(
            Stamp stamp, byte[] bytes, @Nullable Node document) {}

    /** What one plan has read, so that it can be told whether it would still be the same. Used by one thread at a time. */
    final class Reads {

        private final Map<Path, Stamp> stamps = new HashMap<>();

        /** A YAML document's root, {@code null} when the file is empty; an error with the file's name where there is none. */
        @Nullable
        Node document(Path path) {
            Content content = content(path, true);
            if (content == null) {
                throw Problems.at(path.toString(), 1, "no such file", null);
            }
            return content.document;
        }

        /** A file's text; empty when there is no such file. */
        Optional<String> text(Path path) {
            Content content = content(path, false);
            return content == null ? Optional.empty() : Optional.of(new String(content.bytes, StandardCharsets.UTF_8));
        }

        private @Nullable Content content(Path path, boolean yaml) {
            Stamp stamp = stamp(path);
            stamps.put(path, stamp);
            if (stamp.equals(ABSENT)) {
                return null;
            }
            return contents.compute(path, (same, known) -> {
                boolean good = known != null && known.stamp.equals(stamp) && (!yaml || known.document != null);
                return good ? known : read(path, stamp, yaml);
            });
        }

        /** Whether every file is what it was, those included that were not there. */
        boolean stillTrue() {
            return stamps.entrySet().stream()
                    .allMatch(entry -> stamp(entry.getKey()).equals(entry.getValue()));
        }
    }

    Reads reads() {
        return new Reads();
    }

    private static Stamp stamp(Path path) {
        try {
            BasicFileAttributes of = Files.readAttributes(path, BasicFileAttributes.class);
            return of.isDirectory()
                    ? ABSENT
                    : new Stamp(
                            of.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS),
                            of.size(),
                            of.fileKey());
        } catch (IOException e) {
            return ABSENT;
        }
    }

    /** How many files were opened, those that were changed again. */
    long opened() {
        return opened.sum();
    }

    private Content read(Path path, Stamp stamp, boolean yaml) {
        opened.increment();
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes((int) Bounds.EVAL_BYTES + 1);
            if (bytes.length > Bounds.EVAL_BYTES) {
                throw Problems.at(path.toString(), 1, "larger than " + (Bounds.EVAL_BYTES >> 20) + " MiB", null);
            }
            return new Content(stamp, bytes, yaml ? document(path.toString(), bytes) : null);
        } catch (IOException e) {
            throw Problems.at(path.toString(), 1, "cannot be read: " + e.getMessage(), e);
        }
    }

    /** The document in a text; {@code null} when it is empty. */
    static @Nullable Node document(String file, byte[] yaml) throws IOException {
        try (Utf8Reader text = new Utf8Reader(file, new ByteArrayInputStream(yaml), true)) {
            return YamlReader.read(text, file, new Bounds(file, Bounds.EVAL_VALUES));
        }
    }
}
