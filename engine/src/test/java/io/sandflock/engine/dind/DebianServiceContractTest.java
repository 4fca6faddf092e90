/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import io.sandflock.engine.local.docker.DockerEngine;

/** The contract on a service with Debian's tools. */
class DebianServiceContractTest extends ServiceContract {

    DebianServiceContractTest() {
        super(DockerEngine.DEBIAN);
    }

    @Override
    public boolean defaultUserIsRoot() {
        return false;
    }

    @Override
    public boolean rootIsReachable() {
        return true;
    }
}
