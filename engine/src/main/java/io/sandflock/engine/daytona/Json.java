/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** JSON, leniently: unknown fields are ignored, what is missing is {@code null}. */
final class Json {

    /** From this size on decoding would hold up the other connections of the event loop. */
    static final int INLINE = 100 * 1024;

    static final ObjectMapper MAPPER = JsonMapper.builder()
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
            .configure(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES, false)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .build();

    private Json() {}

    static byte[] encode(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a request could not be written as JSON", e);
        }
    }

    /** Decodes and converts; inline when small, else on a thread of its own. */
    static <D, T> Mono<T> decode(Call call, Answer answer, Class<D> type, Function<D, T> convert) {
        Mono<T> decoded = Mono.fromCallable(() -> convert.apply(read(answer.body(), type)))
                .onErrorMap(e -> Failures.unreadable(call, answer, problem(e)));
        return answer.body().length < INLINE ? decoded : decoded.subscribeOn(Schedulers.parallel());
    }

    /** The body as a tree; missing when it is not JSON. For bodies of errors, which may be anything. */
    static JsonNode tree(byte[] body) {
        try {
            return MAPPER.readTree(body);
        } catch (IOException e) {
            // Errors of proxies and load balancers are HTML, text or nothing.
            return MissingNode.getInstance();
        }
    }

    static <T> T required(@Nullable T value, String field) {
        if (value == null || (value instanceof String text && text.isBlank())) {
            throw new GarbledException("the field '" + field + "' is missing");
        }
        return value;
    }

    private static <D> D read(byte[] body, Class<D> type) throws IOException {
        D value = body.length == 0 ? null : MAPPER.readValue(body, type);
        if (value == null) {
            throw new GarbledException("the body is empty");
        }
        return value;
    }

    /** Without the values: an answer can carry environment variables. */
    private static String problem(Throwable e) {
        if (e instanceof GarbledException garbled) {
            return garbled.problem;
        }
        if (e instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
            return "the field '"
                    + mapping.getPath().stream()
                            .map(step -> step.getFieldName() == null ? "[]" : step.getFieldName())
                            .collect(Collectors.joining("."))
                    + "' has an unexpected type or value";
        }
        return e instanceof JsonProcessingException ? "the body is not the JSON that was expected" : e.toString();
    }

    /** Control flow only: becomes a PLATFORM_ERROR that names the call. */
    static final class GarbledException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String problem;

        GarbledException(String problem) {
            super(problem, null, false, false);
            this.problem = problem;
        }
    }
}
