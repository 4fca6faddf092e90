/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.testing;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import reactor.blockhound.BlockHound;

/**
 * Arms BlockHound in every test. Not its own listener of JUnit's platform: that one arms whatever JVM looks for tests, and with several test
 * JVMs the build's own looks too.
 */
public final class BlockHoundExtension implements BeforeAllCallback {

    static {
        BlockHound.install();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // The class is loaded: that is all.
    }
}
