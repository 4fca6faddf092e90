/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import io.sandflock.InvalidInputException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;

/**
 * Finds what is needed of a context, by name, so that the order is the same on every machine. Reads files: not on an event loop.
 *
 * <p>Platforms flatten links, so what a link leads to is taken in its place; a link that leads out of the context, or nowhere, is
 * refused.
 */
final class ContextScan {

    private final Path root;
    private final Needs needs;
    private final IgnoreRules rules;
    private final Dockerfile file;
    private final TreeMap<String, ContextEntry> entries = new TreeMap<>();
    private final Deque<Path> above = new ArrayDeque<>();
    private long size = 0;

    private ContextScan(Path root, Needs needs, IgnoreRules rules, Dockerfile file) {
        this.root = root;
        this.needs = needs;
        this.rules = rules;
        this.file = file;
    }

    /**
     * @param most bytes that the context may have
     * @throws InvalidInputException with the Dockerfile's line of a source that is not there, or with the path of what cannot be sent
     */
    static Collection<ContextEntry> of(Path context, Needs needs, IgnoreRules rules, Dockerfile file, long most) {
        Path root;
        try {
            root = context.toRealPath();
        } catch (IOException e) {
            throw refusal(context, "the build context " + problem(e), e);
        }
        ContextScan scan = new ContextScan(root, needs, rules, file);
        scan.folder(root, List.of());
        needs.sources().stream().filter(Needs.Source::required).forEach(scan::check);
        if (scan.size > most) {
            throw new InvalidInputException(
                    context.toString(),
                    "the build context has " + scan.size + " bytes; at most " + most
                            + " can be sent: a .dockerignore keeps at home what the build does not need");
        }
        return scan.entries.values();
    }

    private void folder(Path folder, List<String> path) {
        above.push(folder);
        for (Path child : children(folder)) {
            List<String> below = new ArrayList<>(path);
            below.add(child.getFileName().toString());
            if (needs.covers(below) || needs.mayCoverBelow(below)) {
                found(child, below, String.join("/", below));
            }
        }
        above.pop();
    }

    private static List<Path> children(Path folder) {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(children::add);
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            throw refusal(folder, problem(e), e);
        }
        children.sort(
                java.util.Comparator.comparing(child -> child.getFileName().toString()));
        return children;
    }

    private void found(Path child, List<String> path, String name) {
        if (rules.excludesForGood(name)) {
            return;
        }
        BasicFileAttributes attributes = attributes(child);
        Path actual = child;
        if (attributes.isSymbolicLink()) {
            if (rules.excludes(name)) {
                return;
            }
            actual = followed(child, name);
            attributes = attributes(actual);
        }
        boolean wanted = needs.covers(path) && !rules.excludes(name) && !rules.excludes(inContext(actual));
        if (attributes.isDirectory()) {
            if (wanted) {
                entries.put(name, new ContextEntry(name, actual, true, mode(actual), 0, ""));
            }
            descend(actual, path, name);
        } else if (wanted && attributes.isRegularFile()) {
            size += attributes.size();
            entries.put(
                    name,
                    new ContextEntry(
                            name,
                            actual,
                            false,
                            mode(actual),
                            attributes.size(),
                            Digests.of(actual, attributes.size())));
        } else if (wanted) {
            throw refusal(child, "neither a file nor a folder; a .dockerignore can keep it at home", null);
        }
    }

    private void descend(Path actual, List<String> path, String name) {
        if (above.contains(actual)) {
            throw refusal(root.resolve(name), "a link to a folder that it lies in itself", null);
        }
        folder(actual, path);
    }

    private String inContext(Path actual) {
        return String.join("/", Globs.segments(root.relativize(actual).toString()));
    }

    private Path followed(Path link, String name) {
        String target = "?";
        try {
            target = Files.readSymbolicLink(link).toString();
            Path actual = link.toRealPath();
            if (!actual.startsWith(root)) {
                throw refusal(link, "a link to " + target + ", which is outside of the build context " + root, null);
            }
            if (rules.excludes(inContext(actual))) {
                throw refusal(link, "a link to " + target + ", which " + rules.name() + " excludes", null);
            }
            return actual;
        } catch (NoSuchFileException e) {
            throw refusal(link, "a link to " + target + ", which is not there; " + rules.hint(name), e);
        } catch (IOException e) {
            throw refusal(link, "a link to " + target + ", which cannot be followed: " + problem(e), e);
        }
    }

    private void check(Needs.Source source) {
        String name = source.pattern().toString();
        if (source.pattern().isRoot() || !source.pattern().isLiteral() || entries.containsKey(name)) {
            return;
        }
        String below = entries.ceilingKey(name + "/");
        if (below != null && below.startsWith(name + "/")) {
            return;
        }
        boolean there = Files.exists(root.resolve(name), LinkOption.NOFOLLOW_LINKS);
        throw file.refusal(
                source.line(),
                source.keyword() + " needs '" + name + "', which "
                        + (there
                                ? rules.name() + " excludes"
                                : "is not in the build context " + root + "; its paths are relative to that folder"));
    }

    private static BasicFileAttributes attributes(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            throw refusal(path, problem(e), e);
        }
    }

    private static int mode(Path path) {
        try {
            return (Integer) Files.getAttribute(path, "unix:mode") & 07777;
        } catch (IOException e) {
            throw refusal(path, problem(e), e);
        }
    }

    static String problem(Exception error) {
        Throwable e =
                error instanceof java.io.UncheckedIOException && error.getCause() != null ? error.getCause() : error;
        return e instanceof NoSuchFileException
                ? "is not there"
                : e instanceof java.nio.file.AccessDeniedException ? "must not be read" : "cannot be read: " + e;
    }

    static InvalidInputException refusal(
            Path path, String problem, @org.jspecify.annotations.Nullable Throwable cause) {
        return new InvalidInputException(path.toString(), problem, cause);
    }
}
