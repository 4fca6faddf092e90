/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.tar.TarArchive.Item;
import io.sandflock.engine.tar.TarEntry.Kind;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** A folder of this machine, packed and unpacked. */
public final class HostTree {

    private static final int TYPE = 0170000;

    private HostTree() {}

    /**
     * What is in a folder, in the order of the names, as an archive's items: permissions, times and symbolic links as they are. The folder
     * itself is not among them. Files are read when the archive is. Blocks.
     *
     * @param root a folder, or a link to one
     * @throws InvalidInputException when there is a pipe, a socket or a device in it
     */
    public static List<Item> items(Path root) throws IOException {
        List<Item> items = new ArrayList<>();
        List<TarEntry> closed = new ArrayList<>();
        addAll(root.toRealPath(), "", items, closed);
        // Nothing could be put into them as long as they are as they shall be.
        closed.forEach(entry -> items.add(Item.of(entry)));
        return items;
    }

    private static void addAll(Path folder, String prefix, List<Item> items, List<TarEntry> closed) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(children::add);
        } catch (java.nio.file.DirectoryIteratorException e) {
            throw e.getCause();
        }
        children.sort(Comparator.comparing(HostNames::of));
        for (Path child : children) {
            add(child, prefix + HostNames.of(child), items, closed);
        }
    }

    private static void add(Path file, String path, List<Item> items, List<TarEntry> closed) throws IOException {
        Map<String, Object> attributes =
                Files.readAttributes(file, "unix:mode,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        int mode = (Integer) asked(attributes, "mode");
        long size = (Long) asked(attributes, "size");
        TarEntry entry =
                entry(file, path, mode, size).at(((FileTime) asked(attributes, "lastModifiedTime")).toInstant());
        if (entry.kind() != Kind.FOLDER) {
            items.add(size == 0 || entry.kind() == Kind.LINK ? Item.of(entry) : new Item(entry, HostFile.read(file)));
            return;
        }
        if ((mode & 0300) == 0300) {
            items.add(Item.of(entry));
        } else {
            items.add(Item.of(TarEntry.folder(path, (mode | 0700) & 07777)));
            closed.add(entry);
        }
        addAll(file, path + "/", items, closed);
    }

    private static Object asked(Map<String, Object> attributes, String name) {
        return Objects.requireNonNull(attributes.get(name), name);
    }

    private static TarEntry entry(Path file, String path, int mode, long size) throws IOException {
        return switch (mode & TYPE) {
            case 0100000 -> TarEntry.file(path, mode & 07777, size);
            case 0040000 -> TarEntry.folder(path, mode & 07777);
            case 0120000 -> TarEntry.link(path, HostNames.target(Files.readSymbolicLink(file)));
            default ->
                throw new InvalidInputException(
                        file.toString(),
                        "a pipe, a socket or a device; files, folders and links can be uploaded: remove it");
        };
    }

    /**
     * Makes a folder of an archive. Cold; works on threads that may block, at their pace. The folder appears when all is there; after an
     * error or a cancel nothing is left. The archive is not trusted: a name that is absolute or goes up, a symbolic link that is absolute or
     * leads out, and a hard link to anything but a file of the archive are refused. Pipes and devices are left out. The bits that lend an
     * owner's rights are taken off.
     *
     * @param target its parent exists; itself it does not, or is an empty folder
     * @param limit bytes of all files, each with 512 more
     * @param tooLarge the error beyond the limit
     * @return errors with {@link TarException} when the archive is refused, and {@link java.io.UncheckedIOException} when this machine
     *     cannot write
     */
    public static Mono<Void> unpack(
            Publisher<TarEvent> archive, Path target, long limit, Supplier<? extends RuntimeException> tooLarge) {
        return Draft.write(archive, () -> new TreeDraft(target, limit, tooLarge));
    }
}
