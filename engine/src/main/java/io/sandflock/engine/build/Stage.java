/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A stage of a Dockerfile as it is gone through. Not thread-safe. */
final class Stage {

    private final int index;
    private final Optional<String> name;
    private final @Nullable Stage parent;
    private final Scope scope;
    private final List<String> others = new ArrayList<>();
    private final List<Instruction> triggers = new ArrayList<>();
    private final List<Needs.Source> sources = new ArrayList<>();
    private boolean everything = false;

    Stage(int index, Optional<String> name, @Nullable Stage parent, Scope scope) {
        this.index = index;
        this.name = name;
        this.parent = parent;
        this.scope = scope;
    }

    int index() {
        return index;
    }

    Optional<String> name() {
        return name;
    }

    @Nullable
    Stage parent() {
        return parent;
    }

    Scope scope() {
        return scope;
    }

    /** What {@code ONBUILD} leaves to stages made from this one. */
    List<Instruction> triggers() {
        return triggers;
    }

    boolean isCalled(String text) {
        return name.filter(own -> own.equalsIgnoreCase(text)).isPresent();
    }

    /** Files come from this stage or image too. */
    void takesFrom(String other) {
        others.add(other);
    }

    List<String> others() {
        return others;
    }

    void needs(int line, String keyword, PathPattern pattern) {
        everything |= pattern.isRoot();
        sources.add(new Needs.Source(line, keyword, pattern, true));
    }

    void needsEverything() {
        everything = true;
    }

    boolean isEverything() {
        return everything;
    }

    List<Needs.Source> sources() {
        return sources;
    }
}
