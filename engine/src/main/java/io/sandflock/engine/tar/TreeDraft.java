/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A folder under way. As long as it is, there are real folders and files in it only, so that nothing is ever written through a link; the
 * links are made at the end, and after them the folders get their permissions.
 */
final class TreeDraft extends Draft<TarEvent> {

    private static final int OVERHEAD = 512;

    private final long limit;
    private final Supplier<? extends RuntimeException> tooLarge;
    private final Links links = new Links();
    /** By their names; of a folder that comes twice the later entry counts. */
    private final Map<List<String>, TarEntry> folders = new HashMap<>();

    private @Nullable Path root = null;
    private long taken = 0;
    private @Nullable TarEntry open = null;
    private @Nullable Path openPath = null;
    private @Nullable FileChannel channel = null;

    TreeDraft(Path target, long limit, Supplier<? extends RuntimeException> tooLarge) {
        super(target);
        this.limit = limit;
        this.tooLarge = tooLarge;
    }

    @Override
    void begin(Path at, Path destination) throws IOException {
        requireEmpty(destination);
        Files.createDirectory(at, PosixFilePermissions.asFileAttribute(Modes.permissions(0700)));
        root = at;
    }

    private static void requireEmpty(Path destination) throws IOException {
        if (!Files.exists(destination, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.isDirectory(destination, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(destination.toString(), null, "File exists");
        }
        try (var content = Files.newDirectoryStream(destination)) {
            if (content.iterator().hasNext()) {
                throw new FileSystemException(destination.toString(), null, "Directory not empty");
            }
        }
    }

    @Override
    void add(TarEvent event) throws IOException {
        if (event instanceof TarEvent.Entry entry) {
            count(entry.entry().size() + OVERHEAD);
            closeFile();
            addEntry(entry.entry());
        } else if (event instanceof TarEvent.Content content) {
            write(content.bytes().duplicate());
        }
    }

    /** By what is announced: nothing needs to be written to know that it is too much. */
    private void count(long bytes) {
        if (bytes > limit - taken) {
            throw tooLarge.get();
        }
        taken += bytes;
    }

    private void addEntry(TarEntry entry) throws IOException {
        List<String> parts = Links.parts(entry.path());
        switch (entry.kind()) {
            case FOLDER -> {
                folder(parts);
                folders.put(parts, entry);
            }
            case FILE -> openFile(entry, file(parts));
            case LINK -> {
                file(parts);
                links.add(parts, entry.target());
            }
            case HARD_LINK -> Files.createLink(file(parts), existing(entry));
            case SPECIAL -> {
                // Left out, as documented: here it could be nothing but a trap.
            }
        }
    }

    private Path existing(TarEntry entry) {
        Path at = base();
        for (String part : Links.parts(entry.target())) {
            at = HostNames.resolve(at, part);
        }
        if (!Files.isRegularFile(at, LinkOption.NOFOLLOW_LINKS)) {
            throw new TarException(
                    entry.path() + " is another name of " + entry.target() + ", which is not in the archive");
        }
        return at;
    }

    /** Where a file goes, its folders made; what was there before it is gone. */
    private Path file(List<String> parts) throws IOException {
        if (parts.isEmpty()) {
            throw new TarException("the archive has a file in the place of its folder");
        }
        Path file = HostNames.resolve(folder(parts.subList(0, parts.size() - 1)), parts.get(parts.size() - 1));
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new TarException(String.join("/", parts) + " is a folder and a file in the archive");
        }
        Files.deleteIfExists(file);
        return file;
    }

    private Path folder(List<String> parts) throws IOException {
        Path at = base();
        for (String part : parts) {
            at = HostNames.resolve(at, part);
            if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
                if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
                    throw new TarException(String.join("/", parts) + " leads through a file of the archive");
                }
                Files.createDirectory(at, PosixFilePermissions.asFileAttribute(Modes.permissions(0755)));
            }
        }
        return at;
    }

    private Path base() {
        Path at = root;
        if (at == null) {
            throw new IllegalStateException("not begun");
        }
        return at;
    }

    private void openFile(TarEntry entry, Path file) throws IOException {
        channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                PosixFilePermissions.asFileAttribute(Modes.permissions(0600)));
        open = entry;
        openPath = file;
    }

    private void write(ByteBuffer bytes) throws IOException {
        FileChannel to = channel;
        while (to != null && bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    private void closeFile() throws IOException {
        FileChannel finished = channel;
        TarEntry entry = open;
        Path file = openPath;
        if (finished == null || entry == null || file == null) {
            return;
        }
        channel = null;
        finished.close();
        Files.setLastModifiedTime(file, FileTime.from(entry.modifiedAt()));
        Files.setPosixFilePermissions(file, Modes.permissions(entry.mode()));
    }

    @Override
    void finish(Path at, Path destination) throws IOException {
        closeFile();
        requireEmpty(destination);
        links.create(at);
        List<Map.Entry<List<String>, TarEntry>> innermostFirst = new ArrayList<>(folders.entrySet());
        innermostFirst.sort(Comparator.<Map.Entry<List<String>, TarEntry>>comparingInt(
                        folder -> folder.getKey().size())
                .reversed());
        for (Map.Entry<List<String>, TarEntry> folder : innermostFirst) {
            // The folder itself later: one that its owner may not write cannot be moved.
            if (!folder.getKey().isEmpty()) {
                Files.setPosixFilePermissions(
                        folder(folder.getKey()),
                        Modes.permissions(folder.getValue().mode()));
            }
        }
        Files.move(at, destination, StandardCopyOption.ATOMIC_MOVE);
        TarEntry self = folders.getOrDefault(List.of(), TarEntry.folder(".", 0755));
        Files.setPosixFilePermissions(destination, Modes.permissions(self.mode()));
    }

    @Override
    void remove(Path at) throws IOException {
        FileChannel unfinished = channel;
        if (unfinished != null) {
            unfinished.close();
        }
        if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
            delete(at);
        }
    }

    private static void delete(Path file) throws IOException {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            Files.setPosixFilePermissions(file, Modes.permissions(0700));
            try (var content = Files.newDirectoryStream(file)) {
                for (Path child : content) {
                    delete(child);
                }
            }
        }
        Files.delete(file);
    }
}
