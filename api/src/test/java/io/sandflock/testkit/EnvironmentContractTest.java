/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The kit itself. */
class EnvironmentContractTest {

    private static List<Method> claims() {
        return Arrays.stream(EnvironmentContract.class.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .toList();
    }

    @Test
    void everyCheckOfInspectIsAClaim() {
        int[] checks = claims().stream()
                .map(claim -> claim.getAnnotation(InspectCheck.class))
                .filter(check -> check != null)
                .flatMapToInt(check -> Arrays.stream(check.value()))
                .sorted()
                .toArray();

        assertThat(checks)
                .isEqualTo(IntStream.rangeClosed(1, InspectCheck.COUNT).toArray());
    }

    @Test
    void moreIsClaimedThanInspectChecks() {
        assertThat(claims().stream().filter(claim -> !claim.isAnnotationPresent(InspectCheck.class)))
                .hasSizeGreaterThanOrEqualTo(25);
    }

    @Test
    void eachClaimHasANameOfItsOwn() {
        assertThat(claims()).extracting(Method::getName).doesNotHaveDuplicates();
    }
}
