/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import io.sandflock.Environment;
import io.sandflock.ExecResult;
import io.sandflock.Sample;

/** What there is to score: the command's result, and where it ran. */
record Answer(Sample sample, Environment environment, ExecResult result, TaskPlan plan) {

    /** Standard output without blanks and line ends around it. */
    String output() {
        return result.stdout().text().strip();
    }
}
