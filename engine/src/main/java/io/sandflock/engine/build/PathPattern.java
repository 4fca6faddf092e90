/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import java.util.List;
import java.util.regex.Pattern;

/** The path of a source in the context: literal, or a pattern segment by segment. The root is the path without segments. */
final class PathPattern {

    private final String text;
    private final List<String> segments;
    private final List<Pattern> patterns;

    private PathPattern(String text, List<String> segments) {
        this.text = text;
        this.segments = segments;
        this.patterns = segments.stream().map(Globs::segment).toList();
    }

    /** @throws IllegalArgumentException when it is no pattern */
    static PathPattern of(String source) {
        String clean = Globs.clean(source);
        return new PathPattern(clean, Globs.segments(clean));
    }

    boolean isRoot() {
        return segments.isEmpty();
    }

    boolean isLiteral() {
        return !Globs.isPattern(text);
    }

    /** Whether it is this path, or the path of something that the source takes along as part of a folder. */
    boolean covers(List<String> path) {
        return covers(path, 0, 0);
    }

    private boolean covers(List<String> path, int i, int j) {
        if (j == segments.size()) {
            return true;
        }
        if (isAny(j)) {
            return covers(path, i, j + 1) || (i < path.size() && covers(path, i + 1, j));
        }
        return i < path.size() && patterns.get(j).matcher(path.get(i)).matches() && covers(path, i + 1, j + 1);
    }

    /** Whether something below this folder may be covered. */
    boolean mayCoverBelow(List<String> folder) {
        for (int i = 0; i < folder.size() && i < segments.size(); i++) {
            if (isAny(i)) {
                return true;
            }
            if (!patterns.get(i).matcher(folder.get(i)).matches()) {
                return false;
            }
        }
        return true;
    }

    /** {@code **}, as {@code COPY --parents} knows it. */
    private boolean isAny(int segment) {
        return segments.get(segment).equals("**");
    }

    @Override
    public String toString() {
        return isRoot() ? "." : text;
    }
}
