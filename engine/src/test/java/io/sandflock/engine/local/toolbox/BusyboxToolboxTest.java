/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.engine.local.docker.DockerEngine;
import org.junit.jupiter.api.Test;

/** The 26 behaviours in a container of Busybox. */
class BusyboxToolboxTest extends DockerToolboxTest {

    BusyboxToolboxTest() {
        super(DockerEngine.BUSYBOX);
    }

    /** Its shell reads ahead where {@code bash} does not, so the script is its own before a program could eat it. */
    @Test
    @Override
    void g02AProgramThatReadsStandardInputEatsTheRestOfTheScript() {
        assertThat(toolbox().execute("cat\necho x").json().get("result").textValue())
                .isIn("x\n", "echo x");
    }
}
