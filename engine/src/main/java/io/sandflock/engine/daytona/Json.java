/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sandflock.engine.platform.CommandText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /**
     * Made before the first call: Jackson builds what reads a type under a lock, and event loops that meet there for the first
     * time would park.
     */
    private static final Map<Class<?>, ObjectReader> READERS = readers(
            Wire.Sandbox.class,
            Wire.SandboxPage.class,
            Wire.Snapshot.class,
            Wire.SnapshotPage.class,
            Wire.Labels.class,
            Wire.Ssh.class,
            Wire.Url.class,
            Wire.Config.class,
            Wire.StorageAccess.class,
            DaytonaToolbox.Executed.class,
            DaytonaToolbox.Dir.class,
            DaytonaToolbox.Version.class,
            ToolboxSessions.Started.class,
            ToolboxSessions.Command.class,
            ToolboxFiles.Info.class,
            ToolboxFiles.Info[].class);

    static {
        // The same for what writes.
        encode(Map.of(
                "text", "value", "flag", true, "share", 0.5, "list", List.of("a", "b", "c"), "pair", List.of("a")));
        encode(Map.of("one", Map.of()));
        encode(new Wire.SandboxCreation(
                "",
                "",
                new Wire.BuildInfo("", List.of()),
                "",
                Map.of("a", "b"),
                Map.of(),
                true,
                true,
                "",
                "",
                1,
                1,
                1,
                1,
                1,
                1,
                1));
        encode(new Wire.SnapshotCreation("", "", new Wire.BuildInfo("", List.of()), List.of("a"), 1, 1, 1, 1));
        encode("", CommandText.of(""), new DaytonaToolbox.Execution("", Map.of(), 1L));
        if (!tree(new byte[] {'{', '}'}).isObject()) {
            throw new IllegalStateException("Jackson cannot read {}");
        }
    }

    private Json() {}

    /** Initializes the class on the caller's thread. */
    static void prepare() {
        // The class is initialized by now.
    }

    private static Map<Class<?>, ObjectReader> readers(Class<?>... types) {
        Map<Class<?>, ObjectReader> readers = new HashMap<>();
        for (Class<?> type : types) {
            readers.put(type, MAPPER.readerFor(type));
        }
        return Map.copyOf(readers);
    }

    static byte[] encode(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UnwritableException(e);
        }
    }

    /**
     * An object whose first field is a long text, of which the part that many have in common is quoted once: it is what most requests
     * consist of.
     *
     * @param others an object with the other fields
     */
    static byte[] encode(String field, CommandText text, Object others) {
        byte[] rest = encode(others);
        byte[] lead = ("{\"" + field + "\":\"").getBytes(StandardCharsets.UTF_8);
        byte[] before = quoted(text.before());
        byte[] shared = text.shared().encoded(Json::quoted);
        byte[] after = quoted(text.after());
        // Its brace goes; what follows it is the end, or a field.
        byte[] link = (rest.length == 2 ? "\"" : "\",").getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(
                        lead.length + before.length + shared.length + after.length + link.length + rest.length - 1)
                .put(lead)
                .put(before)
                .put(shared)
                .put(after)
                .put(link)
                .put(rest, 1, rest.length - 1)
                .array();
    }

    private static byte[] quoted(String text) {
        try {
            return JsonStringEncoder.getInstance().quoteAsUTF8(text);
        } catch (IllegalArgumentException halfOfAPair) {
            throw new UnwritableException(halfOfAPair);
        }
    }

    /** Decodes and converts; inline when small, else on a thread of its own. */
    static <D, T> Mono<T> decode(Call call, Answer answer, Class<D> type, Function<D, T> convert) {
        Mono<T> decoded = Mono.fromCallable(() -> convert.apply(read(answer.body(), type)))
                .onErrorMap(Exception.class, e -> Failures.unreadable(call, answer, problem(e)));
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
        ObjectReader reader = Objects.requireNonNull(READERS.get(type), type.getName());
        D value = body.length == 0 ? null : reader.readValue(body);
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

    /** What was given has no JSON, such as half of a surrogate pair. Nothing was sent, and asking again would be no better. */
    static final class UnwritableException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        UnwritableException(Exception cause) {
            super("a request could not be written as JSON", cause);
        }
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
