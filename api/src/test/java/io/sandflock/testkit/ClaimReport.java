/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.testkit;

import java.util.Arrays;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** Prints, after a class, each claim with what became of it: {@code pass}, {@code FAIL}, or {@code n/a} with the reason. */
final class ClaimReport implements TestWatcher, AfterAllCallback {

    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(ClaimReport.class);

    @Override
    public void testSuccessful(ExtensionContext context) {
        record(context, "pass", "");
    }

    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
        record(context, "FAIL", "");
    }

    @Override
    public void testAborted(ExtensionContext context, Throwable cause) {
        String reason = String.valueOf(cause.getMessage());
        record(context, "n/a ", reason.replace("Assumption failed: ", ""));
    }

    @Override
    public void testDisabled(ExtensionContext context, Optional<String> reason) {
        record(context, "n/a ", reason.orElse("disabled"));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Claims claims = claims(context);
        synchronized (claims) {
            System.out.println(claims.text(context.getRequiredTestClass().getSimpleName()));
        }
    }

    private static void record(ExtensionContext context, String verdict, String reason) {
        Claims claims = claims(context);
        InspectCheck checks = context.getRequiredTestMethod().getAnnotation(InspectCheck.class);
        String numbers = checks == null
                ? ""
                : Arrays.stream(checks.value()).mapToObj(number -> "#" + number).collect(Collectors.joining(" "));
        int first = checks == null ? Integer.MAX_VALUE : checks.value()[0];
        Object instance = context.getRequiredTestInstance();
        synchronized (claims) {
            if (instance instanceof EnvironmentUnderTest environment) {
                claims.platform = environment.platform();
            }
            String name = context.getRequiredTestMethod().getName();
            claims.lines.put(
                    "%010d %s".formatted(first, name),
                    "%s  %-8s %s%s".formatted(verdict, numbers, name, reason.isEmpty() ? "" : ": " + reason));
        }
    }

    private static Claims claims(ExtensionContext context) {
        return context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(context.getRequiredTestClass(), type -> new Claims(), Claims.class);
    }

    private static final class Claims {

        private final TreeMap<String, String> lines = new TreeMap<>();
        private String platform = "";

        private String text(String type) {
            long passed = lines.values().stream()
                    .filter(line -> line.startsWith("pass"))
                    .count();
            long failed = lines.values().stream()
                    .filter(line -> line.startsWith("FAIL"))
                    .count();
            return "claims of an environment on %s (%s): %d pass, %d fail, %d not applicable%n"
                            .formatted(platform, type, passed, failed, lines.size() - passed - failed)
                    + String.join("\n", lines.values());
        }
    }
}
