/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AmountsTest {

    @ParameterizedTest
    @CsvSource({
        "10m, 600000",
        "60s, 60000",
        "1h30m, 5400000",
        "500ms, 500",
        "90, 90000",
        "0.5, 500",
        "1.5h, 5400000",
        "1d, 86400000",
        "1m500ms, 60500",
        "1ms, 1",
        "365d, 31536000000"
    })
    void durationsAreReadAsPeopleWriteThem(String text, long millis) {
        assertThat(Amounts.duration(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10 m",
                "m",
                "10x",
                "10m60",
                "30m1h",
                "1m1m",
                "-5s",
                "+5s",
                "1e3",
                "10M",
                "1h 30m",
                "99999999999"
            })
    void anythingElseIsNoDuration(String text) {
        assertThatThrownBy(() -> Amounts.duration(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not a duration: '" + text + "'; accepted: 10m, 60s, 1h30m, 500ms, or a number of seconds");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0s", "0.0001", "366d", "999999999"})
    void aDurationHasBounds(String text) {
        assertThatThrownBy(() -> Amounts.duration(text)).hasMessage("must be from 1ms to 365d, was '" + text + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "10MiB, 10485760",
        "512k, 524288",
        "1.5gb, 1610612736",
        "1024, 1024",
        "1024b, 1024",
        "1kb, 1024",
        "2 GiB, 2147483648",
        "1t, 1099511627776"
    })
    void sizesArePowersOf1024(String text, long bytes) {
        assertThat(Amounts.bytes(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MiB", "10x", "-1", "1e9", "10 M i B", "0x10"})
    void anythingElseIsNoSize(String text) {
        assertThatThrownBy(() -> Amounts.bytes(text))
                .hasMessage("not a size: '" + text + "'; accepted: 10MiB, 512k, 1.5gb, or a number of bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.1", "999999999999999t"})
    void aSizeHasBounds(String text) {
        assertThatThrownBy(() -> Amounts.bytes(text)).hasMessageStartingWith("must be at least 1 byte");
    }
}
