/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Of each stream the newest part is kept, up to the limit of the call, and the true size is known. */
public interface OutputLimitClaims extends EnvironmentUnderTest {

    private ExecResult limited(String line, long limit) {
        return exec(ExecRequest.builder(List.of("sh", "-c", line))
                .outputLimit(limit)
                .build());
    }

    @Test
    default void outputOfExactlyTheLimitIsWhole() {
        ExecResult result = limited("head -c 1000 /dev/zero; head -c 1000 /dev/zero >&2", 1000);
        assertThat(result.stdout().bytes()).hasSize(1000);
        assertThat(result.stdout().truncated()).isFalse();
        assertThat(result.stderr().bytes()).hasSize(1000);
        assertThat(result.stderr().truncated()).isFalse();
    }

    @Test
    default void outputOfOneByteOverTheLimitLosesItsFirst() {
        ExecResult result = limited("printf a; head -c 999 /dev/zero; printf z", 1000);
        assertThat(result.stdout().bytes()).hasSize(1000).startsWith(0).endsWith('z');
        assertThat(result.stdout().truncated()).isTrue();
        assertThat(result.stdout().size()).isEqualTo(1001);
    }

    @Test
    default void theNewestPartIsKeptAndTheTrueSizeIsKnown() {
        ExecResult result = limited("seq 1 400000; echo end >&2", 1000);
        assertThat(result.stdout().bytes()).hasSize(1000);
        assertThat(result.stdout().text()).endsWith("399999\n400000\n");
        assertThat(result.stdout().size()).isEqualTo(2_688_895);
        assertThat(result.stderr().text()).isEqualTo("end\n");
        assertThat(result.stderr().truncated()).isFalse();
    }

    @Test
    default void eachStreamHasALimitOfItsOwn() {
        ExecResult result = limited("head -c 1500 /dev/zero; head -c 900 /dev/zero >&2", 1000);
        assertThat(result.stdout().bytes()).hasSize(1000);
        assertThat(result.stderr().bytes()).hasSize(900);
    }

    @Test
    default void tenMebibytesAreKeptWhenNoLimitIsGiven() {
        ExecResult result = sh("head -c 12582912 /dev/zero; head -c 3000000 /dev/zero >&2");
        assertThat(result.stdout().bytes()).hasSize(10 << 20);
        assertThat(result.stdout().size()).isEqualTo(12 << 20);
        assertThat(result.stderr().bytes()).hasSize(3_000_000);
    }

    @Test
    default void aLimitMayBeFarAboveTheDefault() {
        ExecResult result = limited("head -c 20971520 /dev/zero; echo end", 150L << 20);
        assertThat(result.stdout().size()).isEqualTo(20_971_524);
        assertThat(result.stdout().truncated()).isFalse();
    }

    @Test
    default void oneByteMayBeTheLimit() {
        assertThat(limited("echo abc; printf x", 1).stdout().text()).isEqualTo("x");
    }
}
