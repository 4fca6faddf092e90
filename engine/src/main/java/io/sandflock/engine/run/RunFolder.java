/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A run's folder on disk, held by one process. All methods but the static ones block.
 *
 * <p>Samples' ids come from datasets and are hostile: {@link #segment} makes a file name of any id, never the same for two ids
 * on a file system that tells upper from lower case.
 */
public final class RunFolder implements AutoCloseable {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    static final String RUN = "run.json";
    static final String JOURNAL = "journal.ndjson";
    static final String RESULTS = "results.ndjson";
    static final String SUMMARY = "summary.json";

    private static final int LONGEST_SEGMENT = 200;
    private static final int KEPT_OF_LONG = 120;

    /** Of this process. Asked before the lock file is opened: closing any channel of a file gives up the process's lock on it. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final Path held;
    private final FileChannel lock;

    private RunFolder(Path path, Path held, FileChannel lock) {
        this.path = path;
        this.held = held;
        this.lock = lock;
    }

    /** {@code <eval>-<time>-<hex>}, the usual name of a run's folder. */
    public static String nameFor(String eval, Instant start, String hex) {
        String clean =
                eval.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]+", "-").replaceAll("^-+|-+$", "");
        String name = clean.length() > 60 ? clean.substring(0, 60) : clean;
        return (name.isEmpty() ? "eval" : name) + "-" + TIME.format(start) + "-" + hex;
    }

    /**
     * Letters, digits, {@code _}, {@code -} and inner dots stay; every other byte of the id's UTF-8 becomes {@code %XX}. What would
     * be longer than 200 characters keeps 120 of them, then {@code ~} and 32 digits of the id's SHA-256.
     */
    static String segment(String id) {
        StringBuilder name = new StringBuilder();
        for (byte octet : id.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (octet & 0xff);
            boolean plain =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
            if (plain || (c == '.' && name.length() > 0)) {
                name.append(c);
            } else {
                name.append('%').append(HexFormat.of().withUpperCase().toHexDigits(octet));
            }
        }
        if (name.length() <= LONGEST_SEGMENT) {
            return name.toString();
        }
        return name.substring(0, KEPT_OF_LONG) + "~" + HexFormat.of().formatHex(sha256(id), 0, 16);
    }

    private static byte[] sha256(String id) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Makes the folder and takes its lock. @throws InvalidInputException when it holds a run, or another process has it */
    static RunFolder create(Path path) {
        try {
            Files.createDirectories(path);
            RunFolder folder = locked(path);
            if (Files.exists(folder.file(RUN))) {
                folder.close();
                throw new InvalidInputException(
                        path.toString(),
                        "this folder holds a run already; go on with it by 'sandflock run --resume', or give a new one");
            }
            return folder;
        } catch (IOException e) {
            throw new InvalidInputException(path.toString(), "the run's folder cannot be made or written: " + e, e);
        }
    }

    /** Takes the lock of a folder that holds a run. @throws InvalidInputException when it does not, or another process has it */
    static RunFolder reopen(Path path) {
        if (!Files.isRegularFile(path.resolve(RUN))) {
            throw new InvalidInputException(
                    path.toString(), "there is no run in this folder: it has no " + RUN + "; run the eval anew");
        }
        try {
            return locked(path);
        } catch (IOException e) {
            throw new InvalidInputException(path.toString(), "the run's folder cannot be written: " + e, e);
        }
    }

    /** The lock is the operating system's: it ends with the process, in whatever way that ends. The file itself says nothing. */
    private static RunFolder locked(Path path) throws IOException {
        Path held = path.toRealPath();
        if (!HELD.add(held)) {
            throw new InvalidInputException(
                    path.toString(), "another run of this process writes to this folder; give a folder of its own");
        }
        FileChannel lock = FileChannel.open(
                path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        RunFolder folder = new RunFolder(path, held, lock);
        if (!folder.lock()) {
            String holder = holder(lock);
            folder.close();
            throw new InvalidInputException(
                    path.toString(),
                    "another process writes to this run's folder" + holder
                            + "; wait for its end, or give a folder of its own");
        }
        lock.truncate(0);
        lock.write(
                ByteBuffer.wrap(("process " + ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)),
                0);
        return folder;
    }

    /** For people: who may have the lock. */
    private static String holder(FileChannel lock) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(64);
        lock.read(bytes, 0);
        String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8).strip();
        return text.matches("process [0-9]+") ? " (" + text + ")" : "";
    }

    private boolean lock() throws IOException {
        try {
            return lock.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // another class loader's run in this very process
        }
    }

    /** A file of the run's. */
    Path file(String name) {
        return path.resolve(name);
    }

    /** The folder of a sample and epoch; made when it is missing. */
    Path sample(String id, int epoch) throws IOException {
        return Files.createDirectories(
                path.resolve("samples").resolve(segment(id)).resolve(Integer.toString(epoch)));
    }

    /** Writes a whole file so that a reader sees the old one or the new one, never a part. */
    void replace(String name, byte[] content) throws IOException {
        Path next = file(name + ".new");
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
        putInPlace(name);
    }

    /** Puts {@code <name>.new} in the place of the file, once it is on the disk. */
    void putInPlace(String name) throws IOException {
        Path next = file(name + ".new");
        try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(
                next,
                file(name),
                java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /** Gives the lock back. */
    @Override
    public void close() {
        try {
            lock.close();
            HELD.remove(held);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
