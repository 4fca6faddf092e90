/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The dialect of {@code .dockerignore}. */
class IgnoreRulesTest {

    private static boolean excludes(String rules, String path) {
        return IgnoreRules.parse(".dockerignore", rules.replace('|', '\n')).excludes(path);
    }

    @ParameterizedTest
    @CsvSource({
        "a, a, true",
        "a, a/b/c, true",
        "a, b/a, false",
        "/a, a, true",
        "./a/, a/x, true",
        "a/../b, b, true",
        "*.md, x.md, true",
        "*.md, d/x.md, false",
        "*/x, d/x, true",
        "*/x, d/e/x, false",
        "*/*/x, d/e/x, true",
        "x?, xy, true",
        "x?, x/, false",
        "**/*.md, x.md, true",
        "**/*.md, d/e/x.md, true",
        "**/x, x, true",
        "**/x, d/x/y, true",
        "a/**, a, false",
        "a/**, a/b, true",
        "a/**/z, a/z, true",
        "a/**/z, a/b/c/z, true",
        "**, anything/at/all, true",
        "**.py, d/x.py, true",
        "[ab].txt, a.txt, true",
        "[^ab].txt, a.txt, false",
        "[^ab].txt, c.txt, true",
        "[a-c].txt, b.txt, true",
        "'\\*.txt', '*.txt', true",
        "'\\*.txt', a.txt, false",
        "a.b, axb, false",
        "' a ', a, true",
        "#a, '#a', false",
        "' #a', '#a', true",
        "*|!a, a, false",
        "*|!a, b, true",
        "*|!a, a/b, false",
        "*|!a/b, a/b, false",
        "*|!a/b, a/c, true",
        "*|!a|a/b, a/b, true",
        "!a|*, a, true",
        "a|!a|a, a, true",
        "'*| ! a', a, false",
        "**/node_modules|!keep/node_modules, keep/node_modules/x, false",
    })
    void aPathIsExcludedByTheLastLineThatSpeaksOfIt(String rules, String path, boolean excluded) {
        assertThat(excludes(rules, path)).isEqualTo(excluded);
    }

    @Test
    void byteOrderMarksAndBlankLinesSayNothing() {
        assertThat(excludes("\uFEFF# a||  |b", "a")).isFalse();
        assertThat(excludes("\uFEFFb", "b")).isTrue();
    }

    @Test
    void whatIsNoPatternIsRefusedWithItsLine() {
        assertThatThrownBy(() -> excludes("a|[b", "c"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(".dockerignore:2");
        assertThatThrownBy(() -> excludes("!", "c")).hasMessageContaining(".dockerignore:1");
    }
}
