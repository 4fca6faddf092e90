/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Engine;
import io.sandflock.RunEvent;
import io.sandflock.engine.Sandflock;
import io.sandflock.engine.daytona.DaytonaPlatform;
import io.sandflock.engine.daytona.DaytonaSettings;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.files.ShellMachineFiles;
import io.sandflock.engine.local.namespace.NamespaceOptions;
import io.sandflock.engine.local.namespace.NamespaceSubstrate;
import io.sandflock.engine.testing.Settled;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The embedding example, run on namespaces as an application would. */
class EmbeddingTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static LocalPlatform local;
    private static Engine engine;

    @BeforeAll
    static void start() {
        NamespaceSubstrate namespaces = NamespaceSubstrate.create(NamespaceOptions.defaults(ShellMachineFiles::new));
        local = LocalPlatform.start(LocalOptions.of(namespaces)).block(PATIENCE);
        engine = Sandflock.on(
                        DaytonaPlatform.create(DaytonaSettings.of(local.key()).withUrl(local.url())))
                .build();
    }

    @AfterAll
    static void stop() {
        engine.closeLater().block(PATIENCE);
        assertThat(Settled.left(local)).isZero();
        local.closeLater().block(PATIENCE);
    }

    @Test
    void oneCommandRunsInASandboxOfItsOwn() {
        assertThat(Embedding.kernel(engine).block(PATIENCE)).isEqualTo("Linux");
        assertThat(engine.liveSandboxes()).isZero();
    }

    @Test
    void aRunScoresEverySample() {
        RunEvent last = Embedding.countWords(engine).blockLast(PATIENCE);

        assertThat(last).isInstanceOfSatisfying(RunEvent.Ended.class, ended -> {
            assertThat(ended.summary().meanScore()).isEqualTo(1.0);
            assertThat(ended.summary().leftOver()).isEmpty();
        });
    }

    @Test
    void aPlainSampleTakesAtMostFourRequestsToItsFirstOutput() {
        long before = local.counters().totalRequests() - local.counters().requests("sandbox.delete");

        Embedding.kernel(engine).block(PATIENCE);

        long requests = local.counters().totalRequests() - local.counters().requests("sandbox.delete") - before;
        assertThat(requests).isBetween(2L, 4L);
    }
}
