/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import io.sandflock.ErrorContext;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.engine.local.MachineFiles;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Files in memory, owned by one user; no links. Thread-safe. */
final class SimulatedFiles implements MachineFiles {

    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;
    private static final int USER = 1000;
    private static final int CHUNK = 64 << 10;

    private final Map<String, Node> byPath = new TreeMap<>();

    SimulatedFiles() {
        for (String folder : List.of("/", "/home", SimulatedMachine.HOME, "/tmp", "/root", "/var", "/var/tmp")) {
            byPath.put(folder, Node.folder(folder.endsWith("tmp") ? 01777 : 0755));
        }
    }

    @Override
    public Mono<Stat> stat(String path) {
        return now(() -> stat(name(absolute(path)), find(path)));
    }

    @Override
    public Mono<List<Stat>> list(String path) {
        return now(() -> {
            folder(path);
            List<Stat> entries = new ArrayList<>();
            children(absolute(path)).forEach(child -> entries.add(stat(name(child), find(child))));
            return entries;
        });
    }

    @Override
    public Flux<ByteBuffer> read(String path) {
        return now(() -> regular(path))
                .flatMapMany(bytes -> Flux.<ByteBuffer, Integer>generate(() -> 0, (from, sink) -> {
                    int to = Math.min(from + CHUNK, bytes.length);
                    if (from < to) {
                        sink.next(ByteBuffer.wrap(bytes, from, to - from).asReadOnlyBuffer());
                    } else {
                        sink.complete();
                    }
                    return to;
                }));
    }

    @Override
    public Mono<Long> write(String path, Publisher<ByteBuffer> bytes) {
        return now(() -> target(path))
                .flatMap(target -> Flux.from(bytes)
                        .collect(ByteArrayOutputStream::new, SimulatedFiles::append)
                        .map(all -> put(target, all.toByteArray())));
    }

    @Override
    public Mono<Void> createFolder(String path, int mode) {
        return now(() -> {
                    makeFolders(path, absolute(path), mode);
                    return path;
                })
                .then();
    }

    @Override
    public Mono<Void> delete(String path, boolean recursive) {
        return now(() -> {
                    String absolute = absolute(path);
                    if (find(path).isFolder() && !recursive) {
                        throw error(Errno.EISDIR, path);
                    }
                    byPath.keySet().removeIf(key -> isAtOrBelow(key, absolute));
                    return path;
                })
                .then();
    }

    @Override
    public Mono<Void> move(String source, String destination) {
        return now(() -> {
                    find(source);
                    String from = absolute(source);
                    String to = absolute(destination);
                    if (byPath.containsKey(to)) {
                        throw error(Errno.EEXIST, destination);
                    }
                    folder(parent(to));
                    if (isAtOrBelow(to, from)) {
                        throw error(Errno.EINVAL, destination);
                    }
                    List.copyOf(byPath.keySet()).stream()
                            .filter(key -> isAtOrBelow(key, from))
                            .forEach(key -> byPath.put(to + key.substring(from.length()), taken(key)));
                    return source;
                })
                .then();
    }

    @Override
    public Mono<Void> setPermissions(
            String path, Optional<Integer> mode, Optional<String> owner, Optional<String> group) {
        return now(() -> {
                    Node node = find(path);
                    mode.ifPresent(bits -> node.mode = bits);
                    return path;
                })
                .then();
    }

    /** Everything happens under the lock, and none of it waits. */
    private <T> Mono<T> now(Supplier<T> action) {
        return Mono.fromSupplier(() -> {
            synchronized (byPath) {
                return action.get();
            }
        });
    }

    private Node find(String path) {
        String absolute = absolute(path);
        Node node = byPath.get(absolute);
        if (node != null) {
            return node;
        }
        for (String above = parent(absolute); !above.equals("/"); above = parent(above)) {
            Node folder = byPath.get(above);
            if (folder != null && !folder.isFolder()) {
                throw error(Errno.ENOTDIR, path);
            }
        }
        throw error(Errno.ENOENT, path);
    }

    private void folder(String path) {
        if (!find(path).isFolder()) {
            throw error(Errno.ENOTDIR, path);
        }
    }

    private byte[] regular(String path) {
        Node node = find(path);
        byte[] bytes = node.bytes;
        if (bytes == null) {
            throw error(Errno.EISDIR, path);
        }
        return bytes;
    }

    /** Where a file can be written; its parents are made. */
    private String target(String path) {
        String absolute = absolute(path);
        Node there = byPath.get(absolute);
        if (there != null && there.isFolder()) {
            throw error(Errno.EISDIR, path);
        }
        makeFolders(path, parent(absolute), 0755);
        return absolute;
    }

    private void makeFolders(String asGiven, String absolute, int mode) {
        Node there = byPath.get(absolute);
        if (there != null && !there.isFolder()) {
            throw error(absolute.equals(absolute(asGiven)) ? Errno.EEXIST : Errno.ENOTDIR, asGiven);
        }
        if (there == null) {
            makeFolders(asGiven, parent(absolute), 0755);
            byPath.put(absolute, Node.folder(mode));
        }
    }

    private long put(String absolute, byte[] bytes) {
        synchronized (byPath) {
            Node old = byPath.get(absolute);
            Node file = new Node(bytes, old == null ? 0644 : old.mode);
            byPath.put(absolute, file);
            return bytes.length;
        }
    }

    private Node taken(String key) {
        return java.util.Objects.requireNonNull(byPath.remove(key), key);
    }

    private List<String> children(String folder) {
        return byPath.keySet().stream()
                .filter(key -> !key.equals("/") && parent(key).equals(folder))
                .toList();
    }

    private static Stat stat(String name, Node node) {
        int type = node.isFolder() ? DIRECTORY : REGULAR;
        byte[] bytes = node.bytes;
        long size = bytes == null ? 4_096 : bytes.length;
        return new Stat(name, size, type | node.mode, USER, USER, node.modifiedAt);
    }

    /** Resolves {@code .} and {@code ..}; nothing leads above the root. */
    private static String absolute(String path) {
        Deque<String> parts = new ArrayDeque<>();
        String whole = path.startsWith("/") ? path : SimulatedMachine.HOME + "/" + path;
        for (String part : whole.split("/")) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return "/" + String.join("/", parts);
    }

    private static String parent(String absolute) {
        return absolute.substring(0, Math.max(1, absolute.lastIndexOf('/')));
    }

    private static String name(String absolute) {
        return absolute.substring(absolute.lastIndexOf('/') + 1);
    }

    private static boolean isAtOrBelow(String key, String absolute) {
        return key.equals(absolute) || key.startsWith(absolute.equals("/") ? "/" : absolute + "/");
    }

    private static void append(ByteArrayOutputStream all, ByteBuffer chunk) {
        byte[] copy = new byte[chunk.remaining()];
        chunk.duplicate().get(copy);
        all.writeBytes(copy);
    }

    private static FileException error(Errno errno, String path) {
        return new FileException(errno, path, ErrorContext.NONE);
    }

    /** A file, or a folder when it has no bytes. */
    private static final class Node {

        private final byte @Nullable [] bytes;
        private final Instant modifiedAt = Instant.now();
        private int mode;

        Node(byte @Nullable [] bytes, int mode) {
            this.bytes = bytes;
            this.mode = mode;
        }

        static Node folder(int mode) {
            return new Node(null, mode);
        }

        boolean isFolder() {
            return bytes == null;
        }
    }
}
