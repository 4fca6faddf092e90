/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.ErrorCode;
import io.sandflock.RunEvent;
import io.sandflock.RunSpec;
import io.sandflock.engine.limit.AdaptiveLimit;
import io.sandflock.engine.limit.Gate;
import java.util.function.Consumer;

/**
 * What the samples of a run share.
 *
 * @param id on every sandbox as the label {@code inspect_run_id}
 * @param startNanos when the run began; every sample has waited for a place since then
 * @param gate one permit per sandbox
 * @param limit how many permits there are, when that is found out
 * @param log where sandbox names go first
 * @param retries of all samples together
 * @param stop the order to end
 * @param events thread-safe; never blocks
 */
public record RunScope(
        String id,
        RunSpec spec,
        long startNanos,
        Gate gate,
        AdaptiveLimit limit,
        RunLog log,
        RetryBudget retries,
        Stop stop,
        Consumer<RunEvent> events) {

    /** The platform refused a sandbox for now. */
    public void refused(ErrorCode code) {
        if (code == ErrorCode.QUOTA_EXCEEDED) {
            // The one that was refused has its place still.
            limit.full(gate.held() - 1);
        } else {
            limit.rateLimited();
        }
    }
}
