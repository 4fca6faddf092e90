/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A name that nobody else has, as a file that this JVM holds a lock on. The kernel gives the lock up however the JVM ends: a file whose
 * lock is free is a dead JVM's, and what it left under that name may be removed. All methods block.
 */
public final class LockFile {

    private static final String SUFFIX = ".lock";
    private static final String NAME = "[0-9a-f]{8}";

    // To close any channel of a file gives up all locks that the process has on it, so files locked here are never
    // opened again.
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private LockFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** One with a new name in a folder that exists. */
    public static LockFile create(Path folder) throws IOException {
        while (true) {
            byte[] random = new byte[4];
            new SecureRandom().nextBytes(random);
            Path file = folder.resolve(HexFormat.of().formatHex(random) + SUFFIX);
            LockFile lock = Files.exists(file) ? null : take(file);
            // A sweep may have taken the file between the two calls; then the lock is on a file that has no name any
            // more.
            if (lock != null && Files.exists(file)) {
                return lock;
            }
            if (lock != null) {
                lock.release();
            }
        }
    }

    /** Those of dead JVMs in a folder, held so that nobody else sweeps them meanwhile; each is to be removed or released. */
    public static List<LockFile> dead(Path folder) throws IOException {
        List<LockFile> dead = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path file : files) {
                LockFile lock = name(file).matches(NAME) ? take(file) : null;
                if (lock != null) {
                    dead.add(lock);
                }
            }
        }
        return dead;
    }

    private static @Nullable LockFile take(Path file) throws IOException {
        if (!HELD.add(file)) {
            return null;
        }
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        if (tryLock(channel) != null) {
            return new LockFile(file, channel);
        }
        channel.close();
        HELD.remove(file);
        return null;
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** Eight hexadecimal digits. */
    public String name() {
        return name(file);
    }

    private static String name(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - SUFFIX.length());
    }

    /** Leaves a line for whoever sweeps after this JVM's death: once this returns, a killed JVM loses nothing of it. */
    public synchronized void note(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        channel.position(channel.size());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** The lines that were left, but one that is not whole. */
    public synchronized List<String> notes() throws IOException {
        channel.position(0);
        String text = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    }

    /** Nothing is left under the name: deletes the file and gives the lock up. */
    public void remove() throws IOException {
        try {
            Files.deleteIfExists(file);
        } finally {
            release();
        }
    }

    /** Gives the lock up; something may be left, and the next sweep looks again. */
    public void release() throws IOException {
        try {
            channel.close();
        } finally {
            HELD.remove(file);
        }
    }
}
