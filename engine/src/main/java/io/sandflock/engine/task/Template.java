/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sandflock.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Text with places for a sample's values: <code>{{{input}}}</code>, <code>{{{target}}}</code>, <code>{{{id}}}</code> and
 * <code>{{{metadata.key}}}</code>, with dots into nested maps. There is no other syntax, and values are never looked at again:
 * braces in a sample's data stay what they are.
 *
 * <p>A run of more than three braces is literal braces before the last three, so that <code>{{{{input}}}}</code> is the input in
 * braces. Values that are not text are written as JSON; so is {@code target} when there are several.
 */
public final class Template {

    private static final String OPEN = "{{{";
    private static final String CLOSE = "}}}";

    private final List<Part> parts;

    private Template(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    /** Text as it is, braces and all. */
    public static Template literal(String text) {
        return new Template(text.isEmpty() ? List.of() : List.of(new Part(text, null)));
    }

    /** @throws IllegalArgumentException for a name that no sample can have, and for an opening without its end */
    public static Template parse(String text) {
        List<Part> parts = new ArrayList<>();
        int from = 0;
        for (int open = text.indexOf(OPEN); open >= 0; open = text.indexOf(OPEN, from)) {
            int name = open + OPEN.length();
            while (name < text.length() && text.charAt(name) == '{') {
                name++;
            }
            int close = text.indexOf(CLOSE, name);
            if (close < 0) {
                throw new IllegalArgumentException("'{{{' without '}}}'");
            }
            if (name - OPEN.length() > from) {
                parts.add(new Part(text.substring(from, name - OPEN.length()), null));
            }
            parts.add(new Part("", checked(text.substring(name, close).strip())));
            from = close + CLOSE.length();
        }
        if (from < text.length()) {
            parts.add(new Part(text.substring(from), null));
        }
        return new Template(parts);
    }

    private static String checked(String name) {
        boolean metadata = name.startsWith("metadata.") && name.length() > "metadata.".length();
        if (!metadata && !name.equals("input") && !name.equals("target") && !name.equals("id")) {
            String shown = name.length() > 60 ? name.substring(0, 60) + "..." : name;
            throw new IllegalArgumentException("unknown name {{{" + shown.replaceAll("\\s+", " ")
                    + "}}}; accepted: input, target, id, metadata.<key>");
        }
        return name;
    }

    /** Whether the text is the same for every sample. */
    public boolean isLiteral() {
        return parts.stream().allMatch(part -> part.name == null);
    }

    /** Why this sample cannot be filled in, if it cannot: a name that it lacks. Values are not part of the message. */
    public Optional<String> problem(Sample sample) {
        for (Part part : parts) {
            if (part.name != null && value(part.name, sample) == null) {
                return Optional.of("{{{" + part.name + "}}} is not in the sample; it has: " + names(sample));
            }
        }
        return Optional.empty();
    }

    /**
     * The text for a sample.
     *
     * @throws IllegalArgumentException when {@link #problem} has one
     */
    public String render(Sample sample) {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            if (part.name == null) {
                text.append(part.text);
                continue;
            }
            String value = value(part.name, sample);
            if (value == null) {
                throw new IllegalArgumentException("{{{" + part.name + "}}} is not in the sample");
            }
            text.append(value);
        }
        return text.toString();
    }

    /** The number of places only: templates may hold prompts. */
    @Override
    public String toString() {
        return "Template[" + parts.stream().filter(part -> part.name != null).count() + " names]";
    }

    private static @Nullable String value(String name, Sample sample) {
        return switch (name) {
            case "input" -> sample.input();
            case "id" -> sample.id();
            case "target" -> target(sample.target());
            default -> {
                Found found = find(sample.metadata(), name.substring("metadata.".length()));
                yield found == null ? null : text(found.value);
            }
        };
    }

    private static @Nullable String target(List<String> targets) {
        return targets.isEmpty() ? null : targets.size() == 1 ? targets.get(0) : text(targets);
    }

    // A key with dots in it wins over the way into nested maps.
    private static @Nullable Found find(Map<?, ?> map, String path) {
        if (map.containsKey(path)) {
            return new Found(map.get(path));
        }
        for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
            if (map.get(path.substring(0, dot)) instanceof Map<?, ?> inner) {
                Found found = find(inner, path.substring(dot + 1));
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    private static String text(@Nullable Object value) {
        if (value instanceof String string) {
            return string;
        }
        try {
            return Json.MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a metadata value cannot be written as JSON", e);
        }
    }

    private static String names(Sample sample) {
        List<String> names = new ArrayList<>(List.of("input", "id"));
        if (!sample.target().isEmpty()) {
            names.add("target");
        }
        sample.metadata().keySet().stream().limit(20).forEach(key -> names.add("metadata." + key));
        return String.join(", ", names) + (sample.metadata().size() > 20 ? ", ..." : "");
    }

    private record Part(String text, @Nullable String name) {}

    private record Found(@Nullable Object value) {}

    /** Made for the values that are not text: a run whose values all are, waits for no Jackson before its first request. */
    private static final class Json {

        static final ObjectMapper MAPPER = new ObjectMapper();
    }
}
