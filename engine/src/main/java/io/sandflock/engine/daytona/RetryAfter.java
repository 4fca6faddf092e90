/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The time until the next try. The platform names the throttler in the header, {@code Retry-After-sandbox-create}, and sets the
 * plain header only for failed authentication.
 */
final class RetryAfter {

    /** A server's clock or a defect must not put a run to sleep for good. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private RetryAfter() {}

    /** The longest of all {@code Retry-After*} headers. */
    static Optional<Duration> of(HttpHeaders headers) {
        Duration longest = null;
        for (Map.Entry<String, String> header : headers) {
            if (header.getKey().toLowerCase(Locale.ROOT).startsWith("retry-after")) {
                Duration value = parse(header.getValue().strip());
                longest = value != null && (longest == null || value.compareTo(longest) > 0) ? value : longest;
            }
        }
        return Optional.ofNullable(longest);
    }

    private static @Nullable Duration parse(String value) {
        try {
            Duration duration = value.matches("\\d{1,9}(\\.\\d{1,9})?")
                    ? Duration.ofMillis(Math.round(Double.parseDouble(value) * 1000))
                    : Duration.between(
                            Instant.now(),
                            ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant());
            if (duration.isNegative()) {
                return Duration.ZERO;
            }
            return duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
        } catch (DateTimeException e) {
            // Not a time: the same as no header.
            return null;
        }
    }
}
