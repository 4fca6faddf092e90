/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.InvalidInputException;
import io.sandflock.engine.build.IgnoreRules;
import io.sandflock.engine.plan.Project;
import io.sandflock.engine.plan.Project.Upload;
import io.sandflock.engine.tar.HostFile;
import io.sandflock.engine.tar.TarArchive;
import io.sandflock.engine.tar.TarArchive.Item;
import io.sandflock.engine.tar.TarEntry;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What travels into the sandbox for a project: its model, its folder, its build contexts, as one archive. */
final class ProjectArchive {

    /** JSON is YAML. */
    static final String MODEL = "compose.json";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String IGNORE = ".dockerignore";
    private static final int PERMISSIONS = 07777;

    private ProjectArchive() {}

    /** Looks at the disk once subscribed to, on threads that may block; contents are read as the archive is sent. */
    static Mono<TarArchive> of(Project project) {
        return Mono.fromCallable(() -> archive(project)).subscribeOn(Schedulers.boundedElastic());
    }

    private static TarArchive archive(Project project) throws IOException {
        List<Item> items = new ArrayList<>();
        items.add(Item.of(MODEL, 0600, model(project)));
        for (Upload upload : project.uploads()) {
            add(items, upload);
        }
        return TarArchive.of(items);
    }

    private static byte[] model(Project project) throws JsonProcessingException {
        return JSON.writeValueAsBytes(project.model());
    }

    private static void add(List<Item> items, Upload upload) throws IOException {
        try {
            // The user named it, perhaps by a link; links inside it travel as links.
            Path root = upload.source().toRealPath();
            Files.walkFileTree(root, new Visitor(items, upload.path(), root, rules(upload, root)));
        } catch (NoSuchFileException e) {
            throw new InvalidInputException(
                    e.getFile(), "does not exist any more; the compose file needs it as " + upload.path());
        }
    }

    /** Docker reads them once more in the sandbox, where a file of a Dockerfile's own may count instead: then all travels. */
    private static IgnoreRules rules(Upload upload, Path root) throws IOException {
        Path file = root.resolve(IGNORE);
        if (!upload.isContext() || !Files.isRegularFile(file)) {
            return IgnoreRules.NONE;
        }
        try (DirectoryStream<Path> others = Files.newDirectoryStream(root, "?*" + IGNORE)) {
            return others.iterator().hasNext()
                    ? IgnoreRules.NONE
                    : IgnoreRules.parse(file.toString(), Files.readString(file));
        }
    }

    private static final class Visitor extends SimpleFileVisitor<Path> {

        private final List<Item> items;
        private final String target;
        private final Path root;
        private final IgnoreRules rules;

        Visitor(List<Item> items, String target, Path root, IgnoreRules rules) {
            this.items = items;
            this.target = target;
            this.root = root;
            this.rules = rules;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
            String path = relative(folder);
            if (!path.isEmpty() && rules.excludesForGood(path)) {
                return FileVisitResult.SKIP_SUBTREE;
            }
            items.add(Item.of(TarEntry.folder(in(folder), mode(folder)).at(time(attributes))));
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (staysAtHome(file)) {
                return FileVisitResult.CONTINUE;
            }
            if (attributes.isSymbolicLink()) {
                items.add(Item.of(
                        TarEntry.link(in(file), Files.readSymbolicLink(file).toString())
                                .at(time(attributes))));
            } else if (attributes.isRegularFile()) {
                TarEntry entry =
                        TarEntry.file(in(file), mode(file), attributes.size()).at(time(attributes));
                items.add(new Item(entry, attributes.size() == 0 ? Flux.empty() : HostFile.read(file)));
            } else {
                throw new InvalidInputException(
                        file.toString(),
                        "not a file, folder or link; move it out of the folder that the services need");
            }
            return FileVisitResult.CONTINUE;
        }

        /** A Dockerfile and the rules themselves are needed even when they are excluded from what is copied. */
        private boolean staysAtHome(Path file) {
            String name = file.getFileName().toString();
            String path = relative(file);
            return !path.isEmpty() && !name.contains("Dockerfile") && !path.equals(IGNORE) && rules.excludes(path);
        }

        private String in(Path file) {
            String relative = relative(file);
            return relative.isEmpty() ? target : target + "/" + relative;
        }

        private String relative(Path file) {
            return root.relativize(file).toString().replace(File.separatorChar, '/');
        }

        private static int mode(Path file) throws IOException {
            Object mode = Files.getAttribute(file, "unix:mode");
            return mode instanceof Integer bits ? bits & PERMISSIONS : 0755;
        }

        private static Instant time(BasicFileAttributes attributes) {
            @Nullable FileTime time = attributes.lastModifiedTime();
            return time == null ? Instant.EPOCH : Instant.ofEpochSecond(Math.max(0, time.toMillis() / 1000));
        }
    }
}
