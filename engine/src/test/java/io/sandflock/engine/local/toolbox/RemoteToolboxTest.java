/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.engine.local.toolbox.ToolboxClient.Answer;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * The contract against any server: {@code SANDFLOCK_CONTRACT_URL} is its API's base URL, {@code SANDFLOCK_CONTRACT_KEY} its key. Makes a
 * sandbox from the default snapshot and deletes it.
 */
@EnabledIfEnvironmentVariable(named = "SANDFLOCK_CONTRACT_URL", matches = "https?://.+")
class RemoteToolboxTest extends ToolboxContractTest {

    private final String key =
            Optional.ofNullable(System.getenv("SANDFLOCK_CONTRACT_KEY")).orElse("");
    private final ToolboxClient api = new ToolboxClient(
            Optional.ofNullable(System.getenv("SANDFLOCK_CONTRACT_URL"))
                    .orElse("")
                    .replaceFirst("/+$", ""),
            key);

    private String id;

    @Override
    protected ToolboxClient connect() {
        Answer created = api.post("/sandbox", Map.of("labels", Map.of("sandflock-contract", "true")));
        assertThat(created.status()).as(created.text()).isBetween(200, 201);
        id = created.json().get("id").textValue();
        JsonNode sandbox = await(() -> Optional.of(api.get("/sandbox/" + id).json())
                .filter(answer -> !answer.path("state").textValue().endsWith("ing")));
        assertThat(sandbox.get("state").textValue()).isEqualTo("started");
        return new ToolboxClient(sandbox.get("toolboxProxyUrl").textValue() + "/" + id, key);
    }

    @AfterAll
    void delete() {
        assertThat(api.delete("/sandbox/" + id).status()).isBetween(200, 204);
    }
}
