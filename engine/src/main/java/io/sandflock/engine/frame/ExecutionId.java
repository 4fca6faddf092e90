/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.frame;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * An execution in a sandbox: what is claimed once.
 *
 * @param prefix the environment's own, random: 8 to 64 of {@code a-z0-9}
 * @param number counts the environment's executions, from 1
 */
public record ExecutionId(String prefix, long number) {

    private static final Pattern PREFIX = Pattern.compile("[a-z0-9]{8,64}");

    /** Refuses what could be read as anything else by a shell. */
    public ExecutionId {
        if (!PREFIX.matcher(Objects.requireNonNull(prefix, "prefix")).matches()) {
            throw new IllegalArgumentException("prefix must be 8 to 64 of a-z and 0-9");
        }
        if (number < 1) {
            throw new IllegalArgumentException("number must be at least 1, was " + number);
        }
    }

    /** The value of {@link ExecCall.Start#MARK} in every process of this execution. No other's begins with it. */
    public String mark() {
        return this + ".";
    }

    /** {@code prefix-number}. */
    @Override
    public String toString() {
        return prefix + "-" + number;
    }
}
