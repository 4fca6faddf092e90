/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.FileStat;
import io.sandflock.FileStat.Type;
import org.junit.jupiter.api.Test;

class StatLinesTest {

    @Test
    void aLineIsAFile() {
        FileStat stat = StatLines.one("/a/b/", "5 a1ff 0 4294967294 -1|/a/b///\n");

        assertThat(stat.name()).isEqualTo("b");
        assertThat(stat.type()).isEqualTo(Type.LINK);
        assertThat(stat.permissions()).isEqualTo(0777);
        assertThat(stat.gid()).isEqualTo(4294967294L);
        assertThat(stat.modifiedAt()).isEqualTo("1969-12-31T23:59:59Z");
    }

    @Test
    void aNameMayLookLikeAnEntry() {
        assertThat(StatLines.entries("0 81a4 0 0 1|./\n1 81a4 0 0 1|.//\n0 41ed 0 0 1|./d//\n"))
                .extracting(FileStat::name)
                .containsExactly("\n1 81a4 0 0 1|.", "d");
    }

    @Test
    void whatIsNoLineIsAnError() {
        assertThatThrownBy(() -> StatLines.one("a", "stat: unknown option"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("stat");
    }
}
