/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import java.io.PrintWriter;
import java.util.Arrays;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs test classes, or methods named as {@code class#method}, in a JVM of their own; the exit code is 1 when one failed. */
final class ContractLauncher {

    private ContractLauncher() {}

    public static void main(String[] classes) {
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(Arrays.stream(classes)
                                        .map(name -> name.contains("#")
                                                ? DiscoverySelectors.selectMethod(name)
                                                : DiscoverySelectors.selectClass(name))
                                        .toList())
                                .build(),
                        summary);
        PrintWriter out = new PrintWriter(System.out, true);
        summary.getSummary().printFailuresTo(out, 12);
        summary.getSummary().printTo(out);
        System.exit(
                summary.getSummary().getTotalFailureCount() > 0
                                || summary.getSummary().getTestsSucceededCount() == 0
                        ? 1
                        : 0);
    }
}
