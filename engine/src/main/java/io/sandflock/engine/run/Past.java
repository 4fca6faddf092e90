/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.run;

import io.sandflock.SampleResult;
import io.sandflock.engine.platform.SandboxInfo;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a job went through before its run was resumed.
 *
 * @param attempt the number of the attempt that comes next, or of the one that goes on in {@code alive}
 * @param attempts those that are over
 * @param alive a sandbox in which nothing was begun yet
 */
public record Past(int attempt, List<SampleResult.Attempt> attempts, Optional<SandboxInfo> alive) {

    /** Of a job that was never begun. */
    public static final Past NONE = new Past(1, List.of(), Optional.empty());

    /** Copies the list. */
    public Past {
        attempts = List.copyOf(attempts);
        Objects.requireNonNull(alive, "alive");
    }
}
