/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxNameTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "humaneval | HumanEval/0 | inspect-humaneval-humaneval-0-00c0ffee",
                "My Eval! | a..b | inspect-my-eval-a-b-00c0ffee",
                "'' | s_1 | inspect-s_1-00c0ffee",
                "task | '' | inspect-task-00c0ffee",
                "'' | '' | inspect-00c0ffee",
                "/// | ÄÖÜ | inspect-00c0ffee",
                "../../etc | $(id) | inspect-etc-id-00c0ffee",
                "a-b | c_d | inspect-a-b-c_d-00c0ffee",
            })
    void segmentsAreCleanedAndMissingOnesAreDropped(String task, String sample, String name) {
        assertThat(SandboxName.of(task, sample, "00c0ffee")).isEqualTo(name);
    }

    @Test
    void aSegmentHasAtMost40CharactersAndNeverEndsInADash() {
        String name = SandboxName.of("a".repeat(39) + "/" + "b".repeat(500), "c".repeat(100_000), "00000000");
        assertThat(name).isEqualTo("inspect-" + "a".repeat(39) + "-" + "c".repeat(40) + "-00000000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "ABCDEF01", "0000000g", "000000000", "0000000\n"})
    void anythingButEightHexDigitsIsRefused(String hex) {
        assertThatThrownBy(() -> SandboxName.of("a", "b", hex)).isInstanceOf(IllegalArgumentException.class);
    }
}
