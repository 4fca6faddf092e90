/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import io.sandflock.engine.config.Amounts;
import java.time.Duration;

/** Durations given as options. */
final class Times {

    private Times() {}

    static Duration parse(String option, String text) {
        try {
            return Amounts.duration(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(option, String.valueOf(e.getMessage()), e);
        }
    }
}
