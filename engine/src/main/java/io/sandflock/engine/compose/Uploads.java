/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.plan.Project;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What of this machine travels with services, and where it goes: what lies in the compose file's folder keeps its place below
 * {@code project}, anything else gets a folder of its own. Only what the file names travels: a dataset beside it may hold the answers.
 */
final class Uploads {

    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*");

    private final Path root;
    private final Map<Path, Project.Upload> bySource = new LinkedHashMap<>();
    private int missing;

    /** @param root the compose file's folder; absolute */
    Uploads(Path root) {
        this.root = root;
    }

    /** Where a folder or file goes, relative to the upload's root. A context that is mounted too travels whole. */
    String add(Path source, boolean context) {
        Project.Upload known = bySource.get(source);
        if (known == null) {
            known = new Project.Upload(place(source, context), source, context);
            bySource.put(source, known);
        } else if (known.isContext() && !context) {
            bySource.put(source, new Project.Upload(known.path(), source, false));
        }
        return known.path();
    }

    /** Whether it keeps its place beside what it lies in. */
    boolean isBelowRoot(Path source) {
        return place(source, false).startsWith("project");
    }

    /** Where what is not there would go: nothing travels, and Docker makes an empty folder. */
    String missing(Path source) {
        missing++;
        return "missing-" + missing;
    }

    private String place(Path source, boolean context) {
        if (source.startsWith(root)) {
            Path inside = root.relativize(source);
            if (inside.toString().isEmpty()) {
                return "project";
            }
            boolean safe = true;
            for (Path name : inside) {
                safe &= SAFE.matcher(name.toString()).matches();
            }
            if (safe) {
                return "project/" + inside;
            }
        }
        return (context ? "context-" : "files-") + (bySource.size() + 1);
    }

    /** In the order in which they were added; what another one brings along is left out. */
    List<Project.Upload> all() {
        List<Project.Upload> all = new ArrayList<>();
        for (Project.Upload upload : bySource.values()) {
            boolean brought = bySource.values().stream()
                    .anyMatch(other -> !other.isContext()
                            && upload.path().startsWith(other.path() + "/")
                            && upload.source().startsWith(other.source()));
            if (!brought) {
                all.add(upload);
            }
        }
        return all;
    }
}
