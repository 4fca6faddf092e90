/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

/**
 * A sandbox that an earlier session of the run wanted, and that is not known to be gone.
 *
 * @param name the name that it was asked for under
 * @param id the platform's; empty when its answer was never seen
 * @param job the job's number; -1 when the run has no such job
 * @param attempt of that job
 * @param begun whether the task may have begun in it
 */
record Intended(String name, String id, int job, int attempt, boolean begun) {

    Intended withId(String known) {
        return new Intended(name, known, job, attempt, begun);
    }

    Intended begin() {
        return new Intended(name, id, job, attempt, true);
    }
}
