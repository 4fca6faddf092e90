/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorContext;
import io.sandflock.FileContent;
import io.sandflock.engine.platform.Toolbox.Upload;
import io.sandflock.engine.tar.HostFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * What is to be done for a set of contents. Local files are looked at, and read, on threads that may block.
 *
 * @param uploads files
 * @param folders local folders, each to become an archive
 */
public record LocalContents(List<Upload> uploads, List<Folder> folders) {

    /** Cold: looks at the disk once subscribed to, and only when there is something local. */
    public static Mono<LocalContents> of(Map<String, FileContent> files, ErrorContext context) {
        boolean local = files.values().stream().anyMatch(FileContent.Local.class::isInstance);
        Mono<LocalContents> found = Mono.fromSupplier(() -> find(files, context));
        return local ? found.subscribeOn(Schedulers.boundedElastic()) : found;
    }

    private static LocalContents find(Map<String, FileContent> files, ErrorContext context) {
        LocalContents found = new LocalContents(new ArrayList<>(), new ArrayList<>());
        files.forEach((path, content) -> {
            if (content instanceof FileContent.Bytes bytes) {
                found.uploads.add(new Upload(
                        path,
                        Mono.fromSupplier(() -> ByteBuffer.wrap(bytes.bytes()).asReadOnlyBuffer()),
                        bytes.bytes().length));
            } else if (content instanceof FileContent.Stream stream) {
                found.uploads.add(new Upload(path, Contents.exactly(stream), stream.size()));
            } else if (content instanceof FileContent.Local local) {
                found.add(path, local.path(), context);
            }
        });
        return found;
    }

    private void add(String target, Path source, ErrorContext context) {
        try {
            if (Files.isDirectory(source)) {
                folders.add(new Folder(target, source));
                return;
            }
            // A pipe would be waited for, and a device never ends.
            if (Files.exists(source) && !Files.isRegularFile(source)) {
                throw new IOException("Invalid argument");
            }
            uploads.add(
                    new Upload(target, HostErrors.told(HostFile.read(source), source, context), Files.size(source)));
        } catch (IOException e) {
            throw HostErrors.of(e, source, context);
        }
    }

    /**
     * @param target where its content goes in the environment
     * @param source here
     */
    public record Folder(String target, Path source) {}
}
