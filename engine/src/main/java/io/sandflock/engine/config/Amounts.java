/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import io.sandflock.engine.document.Problems;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations and sizes as people write them, in eval files and in options. */
public final class Amounts {

    private static final Duration LONGEST = Duration.ofDays(365);
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|s|m|h|d)");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,9}(?:\\.\\d{1,9})?");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15}(?:\\.\\d{1,9})?)\\s*(?:([kmgt])i?b?|b)?");
    private static final List<String> UNITS = List.of("d", "h", "m", "s", "ms");
    private static final long[] MILLIS = {86_400_000, 3_600_000, 60_000, 1000, 1};

    private Amounts() {}

    /**
     * A duration: {@code 10m}, {@code 60s}, {@code 1h30m}, {@code 500ms}, {@code 1.5h}; a plain number is seconds. Resolution: ms.
     *
     * @throws IllegalArgumentException for anything else, for less than 1 ms and for more than 365 days; its message names what
     *     is accepted
     */
    public static Duration duration(String text) {
        BigDecimal millis = BigDecimal.ZERO;
        if (SECONDS.matcher(text).matches()) {
            millis = new BigDecimal(text).movePointRight(3);
        } else {
            Matcher part = DURATION.matcher(text);
            int from = 0;
            int unit = -1;
            while (part.find() && part.start() == from) {
                // Each unit once, the larger ones first.
                int next = UNITS.indexOf(part.group(2));
                if (next <= unit) {
                    throw notADuration(text);
                }
                unit = next;
                from = part.end();
                millis = millis.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(MILLIS[next])));
            }
            if (from == 0 || from != text.length()) {
                throw notADuration(text);
            }
        }
        if (millis.compareTo(BigDecimal.ONE) < 0 || millis.compareTo(BigDecimal.valueOf(LONGEST.toMillis())) > 0) {
            throw new IllegalArgumentException("must be from 1ms to 365d, was " + Problems.shown(text));
        }
        return Duration.ofMillis(millis.longValue());
    }

    private static IllegalArgumentException notADuration(String text) {
        return new IllegalArgumentException("not a duration: " + Problems.shown(text)
                + "; accepted: 10m, 60s, 1h30m, 500ms, or a number of seconds");
    }

    /**
     * A size in bytes: {@code 10MiB}, {@code 512k}, {@code 1.5gb}, or plain bytes. All units are powers of 1024, as in Compose files.
     *
     * @throws IllegalArgumentException for anything else, and for less than 1 byte; its message names what is accepted
     */
    public static long bytes(String text) {
        Matcher size = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (!size.matches()) {
            throw new IllegalArgumentException(
                    "not a size: " + Problems.shown(text) + "; accepted: 10MiB, 512k, 1.5gb, or a number of bytes");
        }
        int power = size.group(2) == null ? 0 : "kmgt".indexOf(size.group(2)) + 1;
        BigDecimal bytes = new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(1L << (10 * power)));
        if (bytes.compareTo(BigDecimal.ONE) < 0 || bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("must be at least 1 byte and fit 63 bits, was " + Problems.shown(text));
        }
        return bytes.longValue();
    }
}
