/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sandflock.engine.local.http.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;

/** What a request is answered with. */
record Answer(int status, String contentType, byte[] body, Map<String, String> headers) {

    private static final String JSON = "application/json; charset=utf-8";

    /** No body. */
    static Answer empty(int status) {
        return new Answer(status, "", new byte[0], Map.of());
    }

    static Answer ok(JsonNode json) {
        return json(200, json);
    }

    static Answer json(int status, JsonNode json) {
        return new Answer(status, JSON, Json.bytes(json), Map.of());
    }

    static Answer text(String text) {
        return new Answer(200, "application/octet-stream", text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    /** An error as the platform writes it. */
    static Answer error(int status, String message, String path, Instant now) {
        ObjectNode json = Json.object();
        json.put("path", path);
        json.put("timestamp", now.toString());
        json.put("statusCode", status);
        json.put("error", HttpResponseStatus.valueOf(status).reasonPhrase());
        json.put("message", message);
        return json(status, json);
    }

    Answer withHeaders(Map<String, String> more) {
        return new Answer(status, contentType, body, more);
    }
}
