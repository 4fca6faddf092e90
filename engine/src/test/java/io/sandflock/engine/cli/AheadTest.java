/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AheadTest {

    @Test
    void whatCallsAPlatformIsWorthLoadingAheadFor() {
        for (String command : List.of("run", "exec", "list", "cleanup", "snapshot", "doctor")) {
            assertThat(Ahead.isWorthIt(command)).as(command).isTrue();
            assertThat(Ahead.isWorthIt("-v", command, "x"))
                    .as("-v %s x", command)
                    .isTrue();
        }
    }

    @Test
    void nothingElseIs() {
        for (String command : List.of("plan", "report", "local", "warm-up", "no-command")) {
            assertThat(Ahead.isWorthIt(command)).as(command).isFalse();
        }
        assertThat(Ahead.isWorthIt()).isFalse();
        assertThat(Ahead.isWorthIt("run", "--help")).isFalse();
        assertThat(Ahead.isWorthIt("--json", "run", "-h")).isFalse();
    }
}
