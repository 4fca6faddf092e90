/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** JSON as the embedded server reads and writes it: trees, strict about what follows the value, depth bounded. */
public final class Json {

    /** Above this a tree is parsed off the event loop, which other sandboxes' requests wait for. */
    private static final int INLINE = 128 * 1024;

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Made with this class: Jackson builds what reads a type under a lock, and event loops that meet there for the first time would park. */
    private static final ObjectReader TREES = MAPPER.readerFor(JsonNode.class);

    private Json() {}

    /** A new object. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** A value as bytes. */
    public static byte[] bytes(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a value of " + value.getClass() + " cannot be written as JSON", e);
        }
    }

    /** Reads a tree; a document that is none is a 400 which says where, never what: bodies hold secrets. */
    public static Mono<JsonNode> parse(byte[] document) {
        Mono<JsonNode> tree = Mono.fromCallable(() -> tree(document));
        return document.length > INLINE ? tree.subscribeOn(Schedulers.parallel()) : tree;
    }

    private static JsonNode tree(byte[] document) {
        try {
            JsonNode tree = TREES.readTree(document);
            if (tree == null || tree.isMissingNode()) {
                throw HttpError.badRequest("invalid request body: EOF");
            }
            return tree;
        } catch (JsonProcessingException e) {
            String where = e.getLocation() == null
                    ? ""
                    : " at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw HttpError.badRequest("invalid request body: not valid JSON" + where);
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }
}
