/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.tar;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The symbolic links of an archive, and where they lead when all of them are there. */
final class Links {

    /** As many as the kernel follows. */
    private static final int MOST_STEPS = 40;

    private final Map<List<String>, String> targets = new LinkedHashMap<>();

    /** The names in a path of an archive. */
    static List<String> parts(String path) {
        if (path.startsWith("/")) {
            throw new TarException("the archive has an absolute name: " + path);
        }
        List<String> parts = new ArrayList<>();
        for (String part : path.split("/", -1)) {
            if (part.equals("..")) {
                throw new TarException("the archive has a name that leads out of it: " + path);
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return parts;
    }

    void add(List<String> path, String target) {
        targets.put(List.copyOf(path), target);
    }

    /** Makes all of them, none before it is certain that none leads out. */
    void create(Path root) throws IOException {
        targets.forEach(this::check);
        for (Map.Entry<List<String>, String> link : targets.entrySet()) {
            Path at = root;
            for (String part : link.getKey()) {
                at = HostNames.resolve(at, part);
            }
            try {
                Files.createSymbolicLink(at, HostNames.target(link.getValue()));
            } catch (FileAlreadyExistsException e) {
                throw new TarException(
                        String.join("/", link.getKey()) + " is a link and something else in the archive");
            }
        }
    }

    /** Walks as the kernel would, from link to link. */
    private void check(List<String> link, String target) {
        Deque<String> at = new ArrayDeque<>(link.subList(0, link.size() - 1));
        Deque<String> ahead = new ArrayDeque<>();
        push(ahead, target, link, target);
        int steps = 0;
        while (!ahead.isEmpty()) {
            String part = ahead.pop();
            if (part.isEmpty() || part.equals(".")) {
                continue;
            }
            if (part.equals("..")) {
                if (at.isEmpty()) {
                    throw leadsOut(link, target);
                }
                at.removeLast();
                continue;
            }
            at.addLast(part);
            String next = targets.get(List.copyOf(at));
            if (next != null) {
                if (++steps > MOST_STEPS) {
                    // A circle leads nowhere.
                    return;
                }
                at.removeLast();
                push(ahead, next, link, target);
            }
        }
    }

    private static void push(Deque<String> ahead, String next, List<String> link, String target) {
        if (next.startsWith("/")) {
            throw leadsOut(link, target);
        }
        String[] parts = next.split("/", -1);
        for (int i = parts.length - 1; i >= 0; i--) {
            ahead.push(parts[i]);
        }
    }

    private static TarException leadsOut(List<String> link, String target) {
        return new TarException("the link " + String.join("/", link) + " leads out of the folder, to " + target);
    }
}
