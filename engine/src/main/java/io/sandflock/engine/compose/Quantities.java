/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Problems;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts as the Compose specification writes them. What is none is an {@code IllegalArgumentException} that says what is accepted. */
final class Quantities {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,18})?) ?(?:([kmgtp])i?)?b?");
    private static final Pattern PART = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,9})?)(ns|us|µs|ms|s|m|h)");
    private static final Pattern DECIMAL = Pattern.compile("\\d{1,9}(\\.\\d{1,9})?|\\.\\d{1,9}");
    private static final BigDecimal LONGEST = BigDecimal.valueOf(Long.MAX_VALUE);
    private static final Map<String, BigDecimal> NANOS = Map.of(
            "ns", BigDecimal.ONE,
            "us", BigDecimal.valueOf(1_000),
            "µs", BigDecimal.valueOf(1_000),
            "ms", BigDecimal.valueOf(1_000_000),
            "s", BigDecimal.valueOf(1_000_000_000L),
            "m", BigDecimal.valueOf(60_000_000_000L),
            "h", BigDecimal.valueOf(3_600_000_000_000L));

    private Quantities() {}

    /** Bytes of {@code 512m}, {@code 1.5gb}, {@code 1024k}, {@code 2b}, or plain bytes; units are powers of 1024. */
    static long bytes(String text) {
        Matcher size = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (!size.matches()) {
            throw new IllegalArgumentException(
                    "expected a size such as 512m, 1.5gb or a number of bytes, was " + Problems.shown(text));
        }
        int power = size.group(2) == null ? 0 : "kmgtp".indexOf(size.group(2)) + 1;
        BigDecimal bytes = new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(1L << (10 * power)));
        if (bytes.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("a size must fit 63 bits, was " + Problems.shown(text));
        }
        return bytes.longValue();
    }

    /** {@code 1m30s}, {@code 500ms}, {@code 1.5h}; {@code 0} needs no unit. */
    static Duration duration(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        BigDecimal nanos = BigDecimal.ZERO;
        Matcher part = PART.matcher(text);
        int from = 0;
        while (part.find() && part.start() == from) {
            from = part.end();
            nanos = nanos.add(new BigDecimal(part.group(1)).multiply(NANOS.get(part.group(2))));
        }
        if (from == 0 || from != text.length() || nanos.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "expected a duration such as 30s, 1m30s or 500ms, was " + Problems.shown(text));
        }
        return Duration.ofNanos(nanos.longValue());
    }

    /** A number of CPUs: {@code 2}, {@code 0.5}. */
    static BigDecimal cpus(String text) {
        if (!DECIMAL.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "expected a number of CPUs such as 2 or 0.5, was " + Problems.shown(text));
        }
        return new BigDecimal(text);
    }
}
