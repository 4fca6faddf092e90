/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.lease;

import io.sandflock.engine.platform.SandboxInfo;

/** What came of a create. */
sealed interface Acquired {

    /** There is a sandbox, started or not. */
    record Got(SandboxInfo sandbox) implements Acquired {}

    /** There is none. */
    record None(Throwable cause) implements Acquired {}

    /** There may be one of this name. */
    record Unknown(String name, Throwable cause) implements Acquired {}
}
