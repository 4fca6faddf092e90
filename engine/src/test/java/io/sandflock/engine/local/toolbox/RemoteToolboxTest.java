/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import java.util.Optional;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** The contract against any server: {@code SANDFLOCK_CONTRACT_URL} is its API's base URL, {@code SANDFLOCK_CONTRACT_KEY} its key. */
@EnabledIfEnvironmentVariable(named = "SANDFLOCK_CONTRACT_URL", matches = "https?://.+")
class RemoteToolboxTest extends PlatformContractTest {

    @Override
    protected String url() {
        return Optional.ofNullable(System.getenv("SANDFLOCK_CONTRACT_URL")).orElse("").replaceFirst("/+$", "");
    }

    @Override
    protected String key() {
        return Optional.ofNullable(System.getenv("SANDFLOCK_CONTRACT_KEY")).orElse("");
    }
}
