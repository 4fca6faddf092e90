/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract over real processes of the host, fed to {@code bash}. */
class ProcessToolboxTest extends ToolboxContractTest {

    @TempDir
    static Path folder;

    private ToolboxServer server;

    @Override
    protected ToolboxClient connect() {
        server = new ToolboxServer(new ProcessMachine(folder, "/bin/bash"));
        return server.client();
    }

    @AfterAll
    void close() {
        toolbox().execute("rm -rf " + folder());
        server.close();
    }
}
