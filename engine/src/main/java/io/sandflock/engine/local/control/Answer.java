/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;

/** What a request is answered with. */
record Answer(int status, String contentType, byte[] body, Map<String, String> headers) {

    private static final String JSON = "application/json; charset=utf-8";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** No body. */
    static Answer empty(int status) {
        return new Answer(status, "", new byte[0], Map.of());
    }

    static Answer ok(JsonNode json) {
        return json(200, json);
    }

    static Answer json(int status, JsonNode json) {
        return new Answer(status, JSON, bytes(json), Map.of());
    }

    static Answer text(String text) {
        return new Answer(
                200, "application/octet-stream", text.getBytes(java.nio.charset.StandardCharsets.UTF_8), Map.of());
    }

    /** An error as the platform writes it. */
    static Answer error(int status, String message, String path, Instant now) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
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

    static byte[] bytes(JsonNode json) {
        try {
            return MAPPER.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree could not be written", e);
        }
    }

    /** Parses a request's body; a missing node when it is empty, 400 when it is not JSON. */
    static JsonNode parse(byte[] body) {
        try {
            return MAPPER.readTree(body);
        } catch (IOException e) {
            // Jackson's message can quote the body, and the body can hold secrets.
            throw ApiException.badRequest("the body is not valid JSON");
        }
    }
}
