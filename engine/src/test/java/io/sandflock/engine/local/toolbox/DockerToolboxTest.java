/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.local.Exchange;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.LocalPlatform;
import io.sandflock.engine.local.docker.DockerEngine;
import io.sandflock.engine.testing.Documented;
import io.sandflock.engine.testing.Settled;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The contract on the embedded platform with containers; every exchange is held against Daytona's documents. */
@Tag("docker")
@ExtendWith(DockerEngine.class)
abstract class DockerToolboxTest extends PlatformContractTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path state;

    private final Queue<Exchange> exchanges = new ConcurrentLinkedQueue<>();
    private final String image;
    private LocalPlatform platform;

    DockerToolboxTest(String image) {
        this.image = image;
    }

    @Override
    protected ToolboxClient connect() {
        platform = LocalPlatform.start(LocalOptions.of(DockerEngine.substrate(
                                getClass(), DockerEngine.options(state).withDefaultImage(image)))
                        .withExchanges(exchanges::add))
                .block(PATIENCE);
        return super.connect();
    }

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
