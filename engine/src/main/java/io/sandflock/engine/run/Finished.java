/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.ExecResult;
import io.sandflock.SampleResult;
import java.util.Optional;

/**
 * A job that ended.
 *
 * @param output what the task recorded of its command
 */
public record Finished(SampleResult result, Optional<ExecResult> output) {}
