/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.engine.local.http.Json;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;

/** Splits bytes into lines and reads each as a JSON document. */
final class JsonLines {

    private static final int LONGEST = 1 << 20;

    private final ByteArrayOutputStream open = new ByteArrayOutputStream();

    private JsonLines() {}

    static Flux<JsonNode> of(Flux<byte[]> bytes) {
        return Flux.defer(() -> {
            JsonLines lines = new JsonLines();
            return bytes.concatMapIterable(lines::next, 1)
                    .concatWith(Flux.defer(() -> Flux.fromIterable(lines.end())))
                    .concatMap(Json::parse, 1);
        });
    }

    private List<byte[]> next(byte[] chunk) {
        List<byte[]> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < chunk.length; i++) {
            if (chunk[i] == '\n') {
                open.write(chunk, start, i - start);
                lines.addAll(end());
                start = i + 1;
            }
        }
        open.write(chunk, start, chunk.length - start);
        if (open.size() > LONGEST) {
            throw new IllegalStateException("a line of more than " + LONGEST + " bytes from the Docker Engine");
        }
        return lines;
    }

    private List<byte[]> end() {
        byte[] line = open.toByteArray();
        open.reset();
        for (byte b : line) {
            if (b > ' ' || b < 0) {
                return List.of(line);
            }
        }
        return List.of();
    }
}
