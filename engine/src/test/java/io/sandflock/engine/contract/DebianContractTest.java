/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import io.sandflock.engine.local.docker.DockerEngine;

/** Debian, with bash and coreutils, as a user that is not root and may become root by {@code sudo}. */
class DebianContractTest extends DockerContract {

    DebianContractTest() {
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
