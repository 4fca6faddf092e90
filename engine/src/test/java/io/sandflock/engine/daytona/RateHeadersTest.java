/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.sandflock.engine.platform.RateReading;
import io.sandflock.engine.platform.RateReading.Budget;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import reactor.util.context.Context;

class RateHeadersTest {

    private static List<RateReading> readings(String... namesAndValues) {
        HttpHeaders headers = new DefaultHttpHeaders();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        List<RateReading> told = new ArrayList<>();
        RateHeaders.tell(RateReading.told(Context.empty(), told::add), headers);
        return told;
    }

    @Test
    void theThrottlerIsInTheNamesOfTheHeaders() {
        assertThat(readings(
                        "X-RateLimit-Limit-sandbox-create",
                        "300",
                        "X-RateLimit-Remaining-sandbox-create",
                        "299",
                        "X-RateLimit-Reset-sandbox-create",
                        "60"))
                .containsExactly(new RateReading(Budget.CREATE, 300, 299, Duration.ofSeconds(60)));
    }

    @Test
    void whatIsIncompleteOrNoNumberOrNotKnownSaysNothing() {
        assertThat(readings("X-RateLimit-Limit-sandbox-create", "300")).isEmpty();
        assertThat(readings(
                        "X-RateLimit-Limit-authenticated",
                        "many",
                        "X-RateLimit-Remaining-authenticated",
                        "1",
                        "X-RateLimit-Reset-authenticated",
                        "1"))
                .isEmpty();
        assertThat(readings(
                        "X-RateLimit-Limit-anonymous",
                        "5",
                        "X-RateLimit-Remaining-anonymous",
                        "1",
                        "X-RateLimit-Reset-anonymous",
                        "1"))
                .isEmpty();
    }

    @Test
    void theConfigurationNamesTheSameLimitsInOneWord() throws java.io.IOException {
        byte[] config = """
                {"version":"0.190.0","rateLimit":{"failedAuth":{"ttl":60,"limit":5},"sandboxCreate":{"ttl":60,"limit":300},
                "sandboxLifecycle":{"ttl":0,"limit":10},"sandboxList":{"limit":10},"authenticated":null}}""".getBytes(StandardCharsets.UTF_8);
        assertThat(Json.MAPPER.readValue(config, Wire.Config.class).rates())
                .isEqualTo(Map.of(Budget.CREATE, new RateReading.Rate(300, Duration.ofSeconds(60))));
    }
}
