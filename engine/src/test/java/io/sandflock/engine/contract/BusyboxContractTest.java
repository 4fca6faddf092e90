/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import io.sandflock.engine.local.docker.DockerEngine;

/** BusyBox alone, without bash, coreutils and sudo, as root. */
class BusyboxContractTest extends DockerContract implements BusyBoxContract {

    BusyboxContractTest() {
        super(DockerEngine.BUSYBOX);
    }
}
