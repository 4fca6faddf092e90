/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.namespace;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

/** What a test needs of the machine: where it is missing the test is skipped, but never in CI. */
final class Needs {

    private Needs() {}

    static void that(boolean there, String what) {
        if (there) {
            return;
        }
        if ("true".equals(System.getenv("CI"))) {
            fail("skipped nowhere but outside of CI: " + what);
        }
        abort(what);
    }
}
