/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import io.sandflock.engine.local.docker.DockerEngine;

/** The 26 behaviours in a container of Debian. */
class DebianToolboxTest extends DockerToolboxTest {

    DebianToolboxTest() {
        super(DockerEngine.DEBIAN);
    }
}
