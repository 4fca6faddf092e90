/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract for a machine that has no {@code bash}. */
class DashToolboxTest extends ToolboxContractTest {

    @TempDir
    static Path machine;

    private ToolboxServer server;

    @Override
    protected ToolboxClient connect() {
        server = new ToolboxServer(new ProcessMachine(machine, "/bin/sh"));
        return server.client();
    }

    @AfterAll
    void close() {
        toolbox().execute("rm -rf " + folder());
        server.close();
    }

    /** It reads ahead where {@code bash} does not, so the script is its own before a program could eat it. */
    @Test
    @Override
    void g02AProgramThatReadsStandardInputEatsTheRestOfTheScript() {
        assertThat(toolbox().execute("cat\necho x").json().get("result").textValue())
                .isIn("x\n", "echo x");
    }
}
