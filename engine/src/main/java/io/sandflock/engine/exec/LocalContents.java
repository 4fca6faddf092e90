/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorContext;
import io.sandflock.FileContent;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.InvalidInputException;
import io.sandflock.engine.platform.Toolbox.Upload;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/**
 * What is to be uploaded for a set of contents. Local folders are walked, and local files read, on threads that may block.
 *
 * @param uploads files
 * @param emptyFolders folders that no file would create
 */
public record LocalContents(List<Upload> uploads, List<String> emptyFolders) {

    private static final int BUFFER = 64 << 10;

    /** Cold: looks at the disk once subscribed to, and only when there is something local. */
    public static Mono<LocalContents> of(Map<String, FileContent> files, ErrorContext context) {
        LocalContents found = new LocalContents(new ArrayList<>(), new ArrayList<>());
        List<Map.Entry<String, Path>> local = new ArrayList<>();
        files.forEach((path, content) -> {
            if (content instanceof FileContent.Local onDisk) {
                local.add(Map.entry(path, onDisk.path()));
            } else if (content instanceof FileContent.Bytes bytes) {
                found.uploads.add(new Upload(
                        path,
                        Mono.fromSupplier(() -> ByteBuffer.wrap(bytes.bytes()).asReadOnlyBuffer()),
                        bytes.bytes().length));
            }
        });
        return local.isEmpty()
                ? Mono.just(found)
                : Mono.fromCallable(() -> found.withLocal(local, context)).subscribeOn(Schedulers.boundedElastic());
    }

    private LocalContents withLocal(List<Map.Entry<String, Path>> local, ErrorContext context) {
        LocalContents all = new LocalContents(new ArrayList<>(uploads), new ArrayList<>());
        for (Map.Entry<String, Path> entry : local) {
            try {
                all.add(entry.getKey(), entry.getValue());
            } catch (NoSuchFileException e) {
                throw new FileException(Errno.ENOENT, e.getFile(), context);
            } catch (AccessDeniedException e) {
                throw new FileException(Errno.EACCES, e.getFile(), context);
            } catch (IOException e) {
                throw new FileException(Errno.EIO, entry.getValue().toString(), context);
            }
        }
        return all;
    }

    private void add(String target, Path source) throws IOException {
        if (Files.isRegularFile(source)) {
            uploads.add(file(target, source));
            return;
        }
        // The caller named the folder itself, perhaps by a link; links inside it are another matter.
        Path root = source.toRealPath();
        Files.walkFileTree(root, new Visitor(this, target, root));
    }

    private static Upload file(String target, Path source) throws IOException {
        return new Upload(target, bytes(source), Files.size(source));
    }

    private static Publisher<ByteBuffer> bytes(Path file) {
        // subscribeOn also moves the requests, which come from event loops.
        return Flux.<ByteBuffer, SeekableByteChannel>generate(
                        () -> Files.newByteChannel(file), LocalContents::read, LocalContents::close)
                .subscribeOn(Schedulers.boundedElastic());
    }

    private static SeekableByteChannel read(SeekableByteChannel channel, SynchronousSink<ByteBuffer> sink) {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            if (channel.read(buffer) < 0) {
                sink.complete();
            } else {
                sink.next(buffer.flip());
            }
        } catch (IOException e) {
            sink.error(new UncheckedIOException(e));
        }
        return channel;
    }

    private static void close(SeekableByteChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes the regular files of a folder, and links to regular files in it. */
    private static final class Visitor extends SimpleFileVisitor<Path> {

        private final LocalContents found;
        private final String target;
        private final Path root;

        Visitor(LocalContents found, String target, Path root) {
            this.found = found;
            this.target = target.endsWith("/") ? target.substring(0, target.length() - 1) : target;
            this.root = root;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (attributes.isSymbolicLink() && !file.toRealPath().startsWith(root)) {
                throw new InvalidInputException(
                        file.toString(),
                        "a symbolic link that leads out of " + root + "; copy what it points to, or remove it");
            }
            if (!Files.isRegularFile(file)) {
                throw new InvalidInputException(file.toString(), "not a regular file, nor a link to one; remove it");
            }
            found.uploads.add(file(in(file), file));
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException error) throws IOException {
            if (error != null) {
                throw error;
            }
            try (var content = Files.newDirectoryStream(folder)) {
                if (!content.iterator().hasNext()) {
                    found.emptyFolders.add(in(folder));
                }
            }
            return FileVisitResult.CONTINUE;
        }

        private String in(Path file) {
            String relative = root.relativize(file).toString();
            return relative.isEmpty() ? target : target + "/" + relative.replace(File.separatorChar, '/');
        }
    }
}
