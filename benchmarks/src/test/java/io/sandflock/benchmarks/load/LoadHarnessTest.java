/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The harness runs; no figure is looked at but those that must be right at any speed. */
class LoadHarnessTest {

    static Stream<String> scenarios() {
        return Scenario.ALL.stream()
                .map(Scenario::name)
                // Needs a kernel that allows namespaces; the engine's tests say so where it does not.
                .filter(name -> !name.equals("namespace"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scenarios")
    void everySampleEndsAndNoSandboxIsLeft(String name) throws IOException, InterruptedException {
        Map<String, Object> figures = LoadHarness.measure(HarnessOptions.parse(name, "--smoke"), name);
        System.out.println(name + " " + figures);
        assertThat(figures)
                .containsEntry("lost", 0)
                .containsEntry("left", 0)
                .containsKey("harness's own CPU ms/sample");
        assertThat(figures.get("created")).isEqualTo(figures.get("deleted"));
    }

    @Test
    void aSoakSaysWhatBothProcessesHold() throws IOException, InterruptedException {
        Map<String, Object> figures = LoadHarness.measure(HarnessOptions.parse("soak", "--smoke"), "soak");
        System.out.println("soak " + figures);
        assertThat(figures)
                .containsEntry("lost", 0)
                .containsEntry("left", 0)
                .containsKeys("heap MiB, all", "platform's descriptors, all", "verdict");
        assertThat(figures.get("created"))
                .isEqualTo(figures.get("deleted"))
                .isEqualTo(((Integer) figures.get("samples")).longValue());
    }

    @Test
    void theSpreadOfRunsIsFromTheLeastToTheMost() {
        double[] values = {3, 1, 2};
        assertThat(Figures.percentile(values, 0)).isEqualTo(1);
        assertThat(Figures.percentile(values, 0.5)).isEqualTo(2);
        assertThat(Figures.percentile(values, 1)).isEqualTo(3);
    }

    @Test
    void whatIsNotKnownIsRefusedByName() {
        assertThatThrownBy(() -> HarnessOptions.parse("faster"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'faster'")
                .hasMessageContaining("held");
    }
}
