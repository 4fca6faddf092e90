/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.cli;

import io.sandflock.InvalidInputException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.regex.Pattern;

/** How many samples may fail before a run is stopped. */
final class Tolerance {

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");
    private static final Pattern SHARE = Pattern.compile("([0-9]{0,9}\\.[0-9]{1,9})|([0-9]{1,9}(?:\\.[0-9]{1,9})?)%");

    private Tolerance() {}

    /**
     * A number of samples ({@code 3}), a share of all ({@code 5%}, {@code 0.05}), or {@code never}, which is empty. A share is
     * rounded down, so that {@code 1%} of 50 samples tolerates none.
     */
    static Optional<Integer> parse(String option, String text, int total) {
        if (text.equals("never")) {
            return Optional.empty();
        }
        if (NUMBER.matcher(text).matches()) {
            return Optional.of(Integer.parseInt(text));
        }
        var share = SHARE.matcher(text);
        if (share.matches()) {
            BigDecimal part = share.group(1) != null
                    ? new BigDecimal(share.group(1))
                    : new BigDecimal(share.group(2)).movePointLeft(2);
            if (part.compareTo(BigDecimal.ONE) <= 0) {
                return Optional.of(part.multiply(BigDecimal.valueOf(total))
                        .setScale(0, RoundingMode.DOWN)
                        .intValueExact());
            }
        }
        throw new InvalidInputException(
                option, "must be a number of samples, a share like 5% or 0.05, or never, was '" + text + "'");
    }
}
