/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import io.sandflock.engine.contract.BusyBoxContract;
import io.sandflock.engine.local.docker.DockerEngine;
import org.junit.jupiter.api.Tag;

/** The contract on a service with BusyBox's tools. */
@Tag("by-hand")
class BusyBoxServiceContractTest extends ServiceContract implements BusyBoxContract {

    BusyBoxServiceContractTest() {
        super(DockerEngine.BUSYBOX);
    }
}
