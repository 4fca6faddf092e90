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

/** The contract through a whole platform: a sandbox is made from its default snapshot by its API, and deleted after. */
abstract class PlatformContractTest extends ToolboxContractTest {

    private String id;
    private ToolboxClient api;

    /** Base URL of the API. */
    protected abstract String url();

    /** Its key. */
    protected abstract String key();

    @Override
    protected ToolboxClient connect() {
        api = new ToolboxClient(url(), key());
        Answer created = api.post("/sandbox", Map.of("labels", Map.of("sandflock-contract", "true")));
        assertThat(created.status()).as(created.text()).isBetween(200, 201);
        id = created.json().get("id").textValue();
        JsonNode sandbox = await(() -> Optional.of(api.get("/sandbox/" + id).json())
                .filter(answer -> !answer.path("state").textValue().endsWith("ing")));
        assertThat(sandbox.get("state").textValue()).isEqualTo("started");
        return new ToolboxClient(sandbox.get("toolboxProxyUrl").textValue() + "/" + id, key());
    }

    @AfterAll
    void delete() {
        assertThat(api.delete("/sandbox/" + id).status()).isBetween(200, 204);
    }
}
