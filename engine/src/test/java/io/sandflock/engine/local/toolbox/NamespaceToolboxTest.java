/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.local.Exchange;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.files.ShellMachineFiles;
import io.sandflock.engine.local.namespace.NamespaceOptions;
import io.sandflock.engine.local.namespace.NamespaceSubstrate;
import io.sandflock.engine.testing.Documented;
import io.sandflock.engine.testing.Settled;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;

/** The contract on the embedded platform with real sandboxes; every exchange is held against Daytona's documents. */
class NamespaceToolboxTest extends PlatformContractTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Queue<Exchange> exchanges = new ConcurrentLinkedQueue<>();
    private final LocalPlatform platform = LocalPlatform.start(
                    LocalOptions.of(NamespaceSubstrate.create(NamespaceOptions.defaults(ShellMachineFiles::new)))
                            .withExchanges(exchanges::add))
            .block(PATIENCE);

    @Override
    protected String url() {
        return platform.url().toString();
    }

    @Override
    protected String key() {
        return platform.key().reveal();
    }

    /** JUnit calls the superclass's after this one's, so the sandbox still lives here. */
    @AfterAll
    void everyExchangeIsDocumented() {
        assertThat(Documented.violations(exchanges)).isEmpty();
        assertThat(exchanges).hasSizeGreaterThan(50);
    }

    @AfterAll
    @Override
    void delete() {
        super.delete();
        assertThat(Settled.left(platform)).isZero();
        platform.closeLater().block(PATIENCE);
    }
}
