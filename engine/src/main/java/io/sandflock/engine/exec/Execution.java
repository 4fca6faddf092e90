/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ExecRequest;
import io.sandflock.engine.frame.ExecutionId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A command that is to run once.
 *
 * @param input instead of the request's own
 * @param reach carries it elsewhere in the sandbox; null when it runs in the sandbox itself
 */
record Execution(
        ExecutionId id,
        ExecRequest request,
        Optional<StreamedInput> input,
        Vitals vitals,
        @Nullable Reach reach) {}
