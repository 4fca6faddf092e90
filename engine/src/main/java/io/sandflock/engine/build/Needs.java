/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import java.util.List;

/**
 * What a Dockerfile needs of its context.
 *
 * @param everything whether it may need any of it: a source is the context itself, or depends on what is not known here
 * @param sources each on its own
 */
record Needs(boolean everything, List<Source> sources) {

    Needs {
        sources = List.copyOf(sources);
    }

    /**
     * A source in the context.
     *
     * @param line of its instruction
     * @param keyword the instruction
     * @param pattern where it is
     * @param required whether the build fails without it; not so in a stage that the target does not need
     */
    record Source(int line, String keyword, PathPattern pattern, boolean required) {}

    boolean isNothing() {
        return !everything && sources.isEmpty();
    }

    boolean covers(List<String> path) {
        return everything
                || sources.stream().anyMatch(source -> source.pattern().covers(path));
    }

    boolean mayCoverBelow(List<String> folder) {
        return everything
                || sources.stream().anyMatch(source -> source.pattern().mayCoverBelow(folder));
    }
}
