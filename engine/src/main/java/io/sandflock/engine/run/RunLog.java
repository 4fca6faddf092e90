/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.SampleResult;
import io.sandflock.engine.lease.IntentLog;
import java.util.function.IntSupplier;

/** Where a run's intents go first, and what became of its attempts. */
public interface RunLog {

    /**
     * For the sandboxes of one job.
     *
     * @param attempt the attempt's number at the time of the intent
     */
    IntentLog of(Job job, IntSupplier attempt);

    /** Notes that an attempt failed and another one follows. Does not wait. */
    void attemptFailed(Job job, SampleResult.Attempt attempt);
}
