/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import io.sandflock.engine.local.process.HostCommand;
import io.sandflock.engine.local.process.LockFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The files of one substrate: a folder of its own, and beside it a file that this JVM holds a lock on. The kernel gives the lock up
 * however the JVM ends; an instance whose lock is free is swept by the next start. All methods block.
 */
final class StateFolder {

    private final Programs programs;
    private final Path base;
    private final LockFile lock;
    private final AtomicLong unnamed = new AtomicLong();

    private StateFolder(Programs programs, Path base, LockFile lock) {
        this.programs = programs;
        this.base = base;
        this.lock = lock;
    }

    /** Makes and locks a new instance's folder. */
    static StateFolder create(Programs programs, Path folder) throws IOException {
        Path base = folder.toAbsolutePath().normalize();
        String path = base.toString();
        if (!path.matches("/[A-Za-z0-9/._+-]*") || path.matches("/(usr|etc|opt)(/.*)?")) {
            throw new IOException(path
                    + " cannot hold sandboxes: its path must be absolute, outside of /usr, /etc and /opt, and have only"
                    + " letters, digits and . _ + - in it");
        }
        Files.createDirectories(base);
        if (!Files.isWritable(base) || !Files.getOwner(base).getName().equals(System.getProperty("user.name"))) {
            throw new IOException(base + " does not belong to this user");
        }
        Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwx------"));
        LockFile lock = LockFile.create(base);
        Files.createDirectory(base.resolve(lock.name()));
        return new StateFolder(programs, base, lock);
    }

    String instance() {
        return lock.name();
    }

    Path folder() {
        return base.resolve(lock.name());
    }

    /** A sandbox's own. */
    Plot plot(String id) {
        return new Plot(id, folder().resolve("m-" + id));
    }

    /** One for a sandbox that has no id yet. */
    Plot unnamed() {
        return plot("ready." + unnamed.incrementAndGet());
    }

    /** Removes what instances left whose JVM is gone. */
    void sweep(Cgroups cgroups) throws IOException {
        Deque<LockFile> dead = new ArrayDeque<>(LockFile.dead(base));
        try {
            while (!dead.isEmpty()) {
                remove(dead.element().name(), cgroups);
                dead.remove().remove();
            }
        } finally {
            // What was not reached is left to the next start.
            for (LockFile left : dead) {
                left.release();
            }
        }
    }

    private void remove(String dead, Cgroups cgroups) throws IOException {
        for (int round = 0; killStrays(HolderScript.MARK + "-" + dead) && round < 500; round++) {
            pause();
        }
        Cgroups.remove(cgroups.ofInstance(dead));
        delete(base.resolve(dead));
    }

    private static boolean killStrays(String mark) throws IOException {
        boolean found = false;
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (commandLine(process).contains(mark)) {
                    found = true;
                    ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                            .filter(stray -> !stray.equals(ProcessHandle.current()))
                            .ifPresent(ProcessHandle::destroyForcibly);
                }
            }
        }
        return found;
    }

    private static String commandLine(Path process) {
        try {
            return Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Deletes a folder with all in it; symbolic links are not followed. */
    void delete(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS) || isDeletedHere(folder)) {
            return;
        }
        // A session of its own: a terminal's Ctrl-C, which asks the JVM to clean up, must not end the clean-up.
        String session = programs.path("setsid");
        HostCommand result = HostCommand.run(List.of(session, programs.path("rm"), "-rf", "--", folder.toString()));
        if (result.exitCode() != 0) {
            // A folder without its owner's permission to enter it, such as the overlay's own work folder.
            HostCommand.run(List.of(session, programs.path("chmod"), "-R", "u+rwX", "--", folder.toString()));
            result = HostCommand.run(List.of(session, programs.path("rm"), "-rf", "--", folder.toString()));
        }
        if (result.exitCode() != 0) {
            throw new IOException(result.output().strip());
        }
    }

    // What this JVM has no name for, or may not enter, or lies too deep, is for the programs.
    private static boolean isDeletedHere(Path folder) {
        try {
            FolderTree.delete(folder);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Deletes the folder and gives up the lock. */
    void close() throws IOException {
        try {
            delete(folder());
        } catch (IOException e) {
            lock.release();
            throw e;
        }
        lock.remove();
    }
}
