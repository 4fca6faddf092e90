/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.util.Map;
import java.util.Optional;

/**
 * What a platform says of itself.
 *
 * @param version of its API
 * @param defaultSnapshot what a sandbox without snapshot gets
 * @param rates limits for everybody; one's own may differ
 */
public record PlatformInfo(
        String version, Optional<String> defaultSnapshot, Map<RateReading.Budget, RateReading.Rate> rates) {

    /** Copies the map. */
    public PlatformInfo {
        rates = Map.copyOf(rates);
    }

    /** A platform that names no limits. */
    public PlatformInfo(String version, Optional<String> defaultSnapshot) {
        this(version, defaultSnapshot, Map.of());
    }
}
