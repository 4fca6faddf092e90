/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One substrate's name, which its containers carry, and a file that this JVM holds a lock on for as long as it lives. The kernel gives
 * the lock up however the JVM ends. An instance that has a file here whose lock is free is dead, and what it left may be removed; one
 * without a file here is somebody else's. All methods block.
 */
final class Instance {

    private static final String LOCK = ".lock";

    // To close any channel of a file gives up all locks that the process has on it, so files locked here are never
    // opened again.
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path lock;
    private final FileChannel channel;

    private Instance(Path lock, FileChannel channel) {
        this.lock = lock;
        this.channel = channel;
    }

    /** A new instance. */
    static Instance begin(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        while (true) {
            byte[] random = new byte[4];
            new SecureRandom().nextBytes(random);
            Path lock = folder.resolve(HexFormat.of().formatHex(random) + LOCK);
            Instance instance = Files.exists(lock) ? null : lock(lock);
            // A sweep may have taken the file between the two calls; then the lock is on a file that has no name any
            // more.
            if (instance != null && Files.exists(lock)) {
                return instance;
            }
            if (instance != null) {
                instance.leave();
            }
        }
    }

    /** The dead instances of a folder, held so that nobody else sweeps them meanwhile. */
    static List<Instance> dead(Path folder) throws IOException {
        List<Instance> dead = new ArrayList<>();
        try (DirectoryStream<Path> locks = Files.newDirectoryStream(folder, "*" + LOCK)) {
            for (Path lock : locks) {
                Instance instance = name(lock).matches("[0-9a-f]{8}") ? lock(lock) : null;
                if (instance != null) {
                    dead.add(instance);
                }
            }
        }
        return dead;
    }

    private static @Nullable Instance lock(Path lock) throws IOException {
        if (!HELD.add(lock)) {
            return null;
        }
        FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (tryLock(channel) != null) {
            return new Instance(lock, channel);
        }
        channel.close();
        HELD.remove(lock);
        return null;
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    String name() {
        return name(lock);
    }

    private static String name(Path lock) {
        String file = lock.getFileName().toString();
        return file.substring(0, file.length() - LOCK.length());
    }

    /** Nothing is left of it. */
    void end() throws IOException {
        Files.deleteIfExists(lock);
        leave();
    }

    /** Something may be left of it: the next start looks again. */
    void leave() throws IOException {
        try {
            channel.close();
        } finally {
            HELD.remove(lock);
        }
    }
}
