/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.sandflock.Environment;
import io.sandflock.ExecRequest;
import io.sandflock.SandflockException;
import io.sandflock.Secret;
import io.sandflock.testkit.EnvironmentContract;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * The contract in a sandbox of the default snapshot of any platform: {@code SANDFLOCK_CONTRACT_URL} is its API's base URL, {@code
 * SANDFLOCK_CONTRACT_KEY} its key.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@EnabledIfEnvironmentVariable(named = "SANDFLOCK_CONTRACT_URL", matches = "https?://.+")
class RemoteContractTest implements EnvironmentContract {

    private static final String URL =
            Optional.ofNullable(System.getenv("SANDFLOCK_CONTRACT_URL")).orElse("");
    private static final String KEY =
            Optional.ofNullable(System.getenv("SANDFLOCK_CONTRACT_KEY")).orElse("");

    private static HeldSandbox sandbox;
    private static boolean defaultUserIsRoot;
    private static boolean rootIsReachable;

    @BeforeAll
    static void start() {
        sandbox = HeldSandbox.at(URI.create(URL), Secret.of(KEY));
        defaultUserIsRoot = isRoot(ExecRequest.of("id", "-u"));
        rootIsReachable =
                isRoot(ExecRequest.builder(List.of("id", "-u")).user("root").build());
    }

    @AfterAll
    static void stop() {
        // What executions leave in a sandbox that lives on.
        assertThat(sandbox.leftovers()).isEmpty();
        assertThat(sandbox.close()).isZero();
    }

    private static boolean isRoot(ExecRequest id) {
        return sandbox.environment()
                .exec(id)
                .map(result -> result.stdout().text().equals("0\n"))
                .onErrorReturn(SandflockException.class, false)
                .blockOptional(PATIENCE)
                .orElse(false);
    }

    @Override
    public Environment environment() {
        return sandbox.environment();
    }

    @Override
    public String platform() {
        return URL;
    }

    @Override
    public boolean defaultUserIsRoot() {
        return defaultUserIsRoot;
    }

    @Override
    public boolean rootIsReachable() {
        return rootIsReachable;
    }
}
