/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import io.sandflock.ErrorCode;
import io.sandflock.ErrorContext;
import io.sandflock.PermanentException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import reactor.core.publisher.Flux;

/**
 * A Dockerfile and uploaded contexts, merged into one tar as Daytona's runner does it: directories are left out, a symbolic link
 * becomes an empty file, modes stay. Of a name that comes twice the later one counts. Names that climb out are refused.
 */
final class BuildContext {

    private static final String DOCKERFILE = "Dockerfile";
    private static final String ANOTHER = "Dockerfile.sandflock";
    private static final int BLOCK = 512;
    private static final int SLICE = 64 * 1024;
    private static final int MODE = 0644;

    private final List<ByteBuffer> parts = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final String dockerfile;

    private BuildContext(String text, List<byte[]> tars) {
        tars.forEach(this::add);
        // A context's own file of this name is copied into images as it is.
        this.dockerfile = names.contains(DOCKERFILE) ? ANOTHER : DOCKERFILE;
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        parts.add(ByteBuffer.wrap(TarHeader.file(dockerfile, bytes.length, MODE)));
        parts.add(ByteBuffer.wrap(Arrays.copyOf(bytes, padded(bytes.length))));
        parts.add(ByteBuffer.allocate(2 * BLOCK));
    }

    static BuildContext of(String dockerfile, List<byte[]> tars) {
        return new BuildContext(dockerfile, tars);
    }

    /** The Dockerfile's name in it. */
    String dockerfile() {
        return dockerfile;
    }

    /** The tar; each subscription reads it anew. */
    Flux<byte[]> tar() {
        return Flux.fromIterable(parts).concatMap(BuildContext::slices, 1);
    }

    private static Flux<byte[]> slices(ByteBuffer part) {
        return Flux.generate(part::duplicate, (left, sink) -> {
            if (!left.hasRemaining()) {
                sink.complete();
            } else {
                byte[] slice = new byte[Math.min(SLICE, left.remaining())];
                left.get(slice);
                sink.next(slice);
            }
            return left;
        });
    }

    private void add(byte[] tar) {
        int at = 0;
        int extended = -1;
        String longName = "";
        long longSize = -1;
        while (at + BLOCK <= tar.length && !TarHeader.isEnd(tar, at)) {
            TarHeader header = TarHeader.read(tar, at);
            int data = at + BLOCK;
            long size = header.isExtension() || longSize < 0 ? header.size() : longSize;
            if (size < 0 || size > tar.length - data) {
                throw refused("a build context is not a whole tar: it ends inside of " + header.name());
            }
            int end = data + padded((int) size);
            if (header.isExtension()) {
                extended = extended < 0 ? at : extended;
                longName = header.longName(tar, data, (int) size, longName);
                longSize = header.longSize(tar, data, (int) size, longSize);
            } else {
                keep(header, longName.isEmpty() ? header.name() : longName, tar, extended < 0 ? at : extended, at, end);
                extended = -1;
                longName = "";
                longSize = -1;
            }
            at = end;
        }
    }

    /** An entry: what extends its header from {@code from}, its header at {@code at}, all of it until {@code end}. */
    private void keep(TarHeader header, String name, byte[] tar, int from, int at, int end) {
        String clean = name.replaceAll("^(\\./+)+", "");
        if (clean.startsWith("/") || Arrays.asList(clean.split("/", -1)).contains("..")) {
            throw refused("a build context has an entry '" + name + "', which leads out of it");
        }
        if (header.isFile()) {
            names.add(clean);
            parts.add(
                    ByteBuffer.wrap(tar, from, Math.min(end, tar.length) - from).slice());
            // The last block may lack its padding.
            if (end > tar.length) {
                parts.add(ByteBuffer.allocate(end - tar.length));
            }
        } else if (header.isSymbolicLink()) {
            names.add(clean);
            parts.add(ByteBuffer.wrap(tar, from, at - from).slice());
            parts.add(ByteBuffer.wrap(TarHeader.emptied(tar, at)));
        }
    }

    private static int padded(int size) {
        return (size + BLOCK - 1) / BLOCK * BLOCK;
    }

    private static PermanentException refused(String reason) {
        return new PermanentException(ErrorCode.SNAPSHOT_FAILED, reason, ErrorContext.NONE);
    }
}
