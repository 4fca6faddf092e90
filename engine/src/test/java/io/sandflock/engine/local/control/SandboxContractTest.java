/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.engine.testing.ApiClient;
import io.sandflock.engine.testing.ApiClient.Reply;
import io.sandflock.engine.testing.TestPlatform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Sandboxes, as the hosted platform's clients see them. Against the server at {@code SANDFLOCK_CONTRACT_URL} with
 * {@code SANDFLOCK_CONTRACT_KEY} when they are set.
 */
class SandboxContractTest {

    @RegisterExtension
    final TestPlatform platform = TestPlatform.create();

    private ApiClient api = ApiClient.of(java.net.URI.create("http://127.0.0.1/"), "none");

    private boolean isElsewhere;

    @BeforeEach
    void connect() {
        String elsewhere = System.getenv("SANDFLOCK_CONTRACT_URL");
        isElsewhere = elsewhere != null;
        api = isElsewhere
                ? ApiClient.of(java.net.URI.create(elsewhere), System.getenv("SANDFLOCK_CONTRACT_KEY"))
                : ApiClient.of(platform.url(), platform.key());
    }

    @Test
    void aSandboxIsCreatedFoundByIdAndByNameAndDeleted() {
        Reply created =
                api.send("POST", "/sandbox", "{\"name\":\"one\",\"labels\":{\"a\":\"b\"},\"env\":{\"K\":\"v\"}}");
        assertThat(created.status()).isEqualTo(200);
        assertThat(created.text("state")).isEqualTo("started");
        assertThat(created.headers().get("X-Daytona-Api-Version")).isEqualTo("0.190.0");
        String id = created.text("id");
        assertThat(api.send("GET", "/sandbox/" + id).text("name")).isEqualTo("one");
        assertThat(api.send("GET", "/sandbox/one").text("id")).isEqualTo(id);
        assertThat(api.send("DELETE", "/sandbox/one").text("state")).isEqualTo("destroying");
        // Destroying takes its time where something has to be destroyed.
        goneSoon(id);
        assertThat(api.send("DELETE", "/sandbox/" + id).status()).isEqualTo(404);
        assertThat(isElsewhere ? 4 : platform.platform().requestsOf(id)).isGreaterThanOrEqualTo(4);
    }

    @Test
    void aNameIsUniqueAmongLiveSandboxesAndFreeAfterADelete() {
        create("same");
        Reply second = api.send("POST", "/sandbox", "{\"name\":\"same\"}");
        assertThat(second.status()).isEqualTo(409);
        assertThat(second.text("message")).contains("same").contains("already exists");
        assertThat(second.text("error")).isEqualTo("Conflict");
        assertThat(second.text("path")).isEqualTo("/api/sandbox");
        api.send("DELETE", "/sandbox/same");
        create("same");
        api.send("DELETE", "/sandbox/same");
    }

    @Test
    void pagesByAgeHoldEverySandboxOnceThoughSomeGoMeanwhile() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 450; i++) {
            ids.add(create("s" + i, "{\"contract\":\"pages\"}"));
        }
        Set<String> seen = new HashSet<>();
        String cursor = "";
        int pages = 0;
        do {
            Reply page = api.send(
                    "GET",
                    // A server elsewhere may hold somebody else's, too.
                    "/sandbox?labels=%7B%22contract%22%3A%22pages%22%7D&limit=200&sort=createdAt&order=asc"
                            + (cursor.isEmpty() ? "" : "&cursor=" + cursor));
            assertThat(page.status()).as(page.text()).isEqualTo(200);
            for (JsonNode item : page.json().path("items")) {
                assertThat(seen.add(item.path("id").asText())).isTrue();
            }
            cursor = page.json().path("nextCursor").asText("");
            if (page.json().path("nextCursor").isNull()) {
                cursor = "";
            }
            if (pages++ == 0) {
                api.send("DELETE", "/sandbox/" + ids.get(10));
                api.send("DELETE", "/sandbox/" + ids.get(199));
            }
        } while (!cursor.isEmpty());
        assertThat(seen).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(pages).isEqualTo(3);
        ids.forEach(id -> api.send("DELETE", "/sandbox/" + id));
    }

    private void goneSoon(String id) {
        Mono.fromCallable(() -> api.send("GET", "/sandbox/" + id).status())
                .subscribeOn(Schedulers.boundedElastic())
                .repeatWhen(again -> again.delayElements(Duration.ofMillis(20)))
                .takeUntil(status -> status == 404)
                .blockLast(Duration.ofSeconds(30));
    }

    private String create(String name) {
        return create(name, "{}");
    }

    private String create(String name, String labels) {
        Reply reply = api.send("POST", "/sandbox", "{\"name\":\"" + name + "\",\"labels\":" + labels + "}");
        assertThat(reply.status()).as(reply.text()).isEqualTo(200);
        return reply.text("id");
    }
}
