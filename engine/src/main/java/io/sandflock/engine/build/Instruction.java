/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import java.util.List;

/**
 * An instruction of a Dockerfile, its continuation lines joined.
 *
 * @param line the first of its lines, from 1
 * @param lastLine the last of its lines, heredocs included
 * @param keyword upper case
 * @param text what follows the keyword
 */
record Instruction(int line, int lastLine, String keyword, String text) {

    /** Whether it is this one. */
    boolean is(String name) {
        return keyword.equals(name);
    }

    /** What follows {@code ONBUILD}, as an instruction of the same lines. */
    Instruction trigger() {
        List<String> words = Words.cut(text, 2);
        return new Instruction(
                line, lastLine, words.isEmpty() ? "" : Words.upper(words.get(0)), words.size() < 2 ? "" : words.get(1));
    }
}
