/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sandflock.Secret;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DaytonaSettingsTest {

    private static final DaytonaSettings DEFAULTS = DaytonaSettings.of(Secret.of("dtn_key"));

    @Test
    void theDefaultsAreTheHostedService() {
        assertThat(DEFAULTS.url()).isEqualTo(URI.create("https://app.daytona.io/api"));
        assertThat(DEFAULTS.times().create()).isGreaterThanOrEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void theKeyIsNeverShown() {
        assertThat(DEFAULTS.toString()).contains("***").doesNotContain("dtn_key");
    }

    @Test
    void aTrailingSlashIsCut() {
        assertThat(DEFAULTS.withUrl(URI.create("http://localhost:3000/api/")).url())
                .isEqualTo(URI.create("http://localhost:3000/api"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:3000/api", "ftp://h/api", "/api", "https://u:pw@h/api", "https://h/api?x=1"})
    void aUrlThatCannotWorkIsRefusedAndItsPasswordNotShown(String url) {
        assertThatThrownBy(() -> DEFAULTS.withUrl(URI.create(url)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("pw");
    }

    @Test
    void whatCannotWorkIsRefused() {
        assertThatThrownBy(() -> new DaytonaSettings.Connections(1, 0, 1, 1))
                .hasMessageContaining("control connections: 0");
        assertThatThrownBy(() -> new DaytonaSettings.Times(
                        Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(1)))
                .hasMessageContaining("at least PT1M");
        assertThatThrownBy(() -> new DaytonaSettings.Times(
                        Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(60), Duration.ofSeconds(1)))
                .hasMessageContaining("must be positive");
    }
}
