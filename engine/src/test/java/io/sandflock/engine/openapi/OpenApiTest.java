/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OpenApiTest {

    private static final String SANDBOX =
            ("{'id':'a','organizationId':'o','name':'n','user':'u','env':{},'labels':{},'public':false,"
                            + "'networkBlockAll':false,'target':'us','cpu':1,'gpu':0,'memory':1,'disk':3,'state':'started',"
                            + "'toolboxProxyUrl':'http://h'}")
                    .replace('\'', '"');

    private OpenApi.Documents documents;

    @BeforeEach
    void find() {
        documents = OpenApi.find().orElse(null);
        Assumptions.assumeTrue(documents != null, "no OpenAPI documents beside the repository");
    }

    @Test
    void aGoodExchangeHasNoViolation() {
        assertThat(documents
                        .controlPlane()
                        .violations(exchange(
                                "POST",
                                "/sandbox",
                                "",
                                "{\"name\":\"x\",\"env\":{\"A\":\"b\"},\"cpu\":1}",
                                200,
                                SANDBOX)))
                .isEmpty();
        assertThat(documents
                        .controlPlane()
                        .violations(exchange(
                                "GET",
                                "/sandbox",
                                "limit=200&sort=createdAt&order=asc",
                                "",
                                200,
                                "{\"items\":[],\"nextCursor\":null}")))
                .isEmpty();
        assertThat(documents
                        .toolbox()
                        .violations(exchange(
                                "POST",
                                "/process/execute",
                                "",
                                "{\"command\":\"x\"}",
                                200,
                                "{\"exitCode\":0,\"result\":\"\"}")))
                .isEmpty();
    }

    @Test
    void anUnknownPathIsAViolation() {
        assertThat(documents.controlPlane().violations(exchange("GET", "/sandboxen", "", "", 200, "{}")))
                .singleElement()
                .asString()
                .contains("not in api.json");
        assertThat(documents.controlPlane().violations(exchange("PATCH", "/sandbox/x", "", "", 200, "{}")))
                .hasSize(1);
    }

    @Test
    void aMissingFieldAWrongTypeAndAnUnknownValueAreViolations() {
        String garbled = SANDBOX.replace("\"user\":\"u\",", "")
                .replace("\"cpu\":1", "\"cpu\":\"1\"")
                .replace("started", "floating");

        assertThat(documents.controlPlane().violations(exchange("GET", "/sandbox/a", "", "", 200, garbled)))
                .hasSize(3)
                .anyMatch(problem -> problem.contains("lacks 'user'"))
                .anyMatch(problem -> problem.contains("answer.cpu"))
                .anyMatch(problem -> problem.contains("floating"));
    }

    @Test
    void anUndeclaredPropertyOrParameterOfARequestIsAViolation() {
        assertThat(documents
                        .controlPlane()
                        .violations(exchange("POST", "/sandbox", "", "{\"nmae\":\"x\"}", 200, SANDBOX)))
                .singleElement()
                .asString()
                .contains("request.nmae is not declared");
        assertThat(documents
                        .controlPlane()
                        .violations(exchange(
                                "GET", "/sandbox", "limit=201&pages=1", "", 200, "{\"items\":[],\"nextCursor\":null}")))
                .anyMatch(problem -> problem.contains("'pages', which is not declared"))
                .anyMatch(problem -> problem.contains("limit"));
    }

    @Test
    void anUndocumentedGoodStatusIsAViolationAndAnEmptyErrorIsNone() {
        assertThat(documents.controlPlane().violations(exchange("POST", "/sandbox", "", "{}", 201, SANDBOX)))
                .hasSize(1);
        assertThat(documents.toolbox().violations(exchange("GET", "/files/info", "path=%2Fx", "", 404, "")))
                .isEmpty();
    }

    private static Recorded exchange(
            String method, String path, String query, String request, int status, String answer) {
        return new Recorded(
                method,
                path,
                query,
                request.isEmpty() ? "" : "application/json",
                request.getBytes(StandardCharsets.UTF_8),
                status,
                "application/json",
                answer.getBytes(StandardCharsets.UTF_8));
    }
}
