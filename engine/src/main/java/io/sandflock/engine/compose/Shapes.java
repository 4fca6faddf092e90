/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The shapes that compose files are made of. */
final class Shapes {

    private static final Pattern WHOLE = Pattern.compile("-?\\d{1,18}");
    private static final Pattern OCTAL = Pattern.compile("0o?([0-7]{1,6})");

    /** Text, or a number as it was written. */
    static final Shape TEXT =
            (node, place) -> node instanceof Node.Scalar scalar && !(scalar.value() instanceof Boolean)
                    ? scalar.text()
                    : place.expectedKind(node, "text");

    /** As {@link #TEXT}, and {@code true} and {@code false} as they were written. */
    static final Shape ANY_TEXT =
            (node, place) -> node instanceof Node.Scalar scalar ? scalar.text() : place.expectedKind(node, "text");

    /** Interpolation makes texts of all values, so a text is read too. */
    static final Shape BOOLEAN = (node, place) -> {
        Object value = node instanceof Node.Scalar scalar ? booleanOf(scalar.text()) : null;
        return value == null ? place.expected(node, "true or false") : value;
    };

    static final Shape WHOLE_NUMBER = whole(Long.MIN_VALUE, Long.MAX_VALUE);

    /** Any number, as it was written. */
    static final Shape NUMBER = parsed(text -> {
        try {
            new BigDecimal(text.strip());
            return text.strip();
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("expected a number, was " + Problems.shown(text), e);
        }
    });

    /** Bytes, as digits: one form that all versions of Compose read. */
    static final Shape SIZE = parsed(text -> Long.toString(Quantities.bytes(text)));

    /** As above, and {@code -1} for no limit. */
    static final Shape SIZE_OR_NONE = parsed(text -> text.equals("-1") ? text : Long.toString(Quantities.bytes(text)));

    static final Shape CPUS = parsed(text -> Quantities.cpus(text).toPlainString());

    static final Shape DURATION = parsed(text -> {
        Quantities.duration(text);
        return text;
    });

    /** A file's mode: octal when it begins with 0. */
    static final Shape MODE = parsed(text -> {
        java.util.regex.Matcher octal = OCTAL.matcher(text);
        if (octal.matches()) {
            return Long.parseLong(octal.group(1), 8);
        }
        if (!WHOLE.matcher(text).matches()) {
            throw new IllegalArgumentException("expected a mode such as 0440, was " + Problems.shown(text));
        }
        return Long.parseLong(text);
    });

    /** A file of this machine. */
    static final Shape FILE = path(false);

    static final Shape TEXTS = list(TEXT);

    /** One text, or several. */
    static final Shape TEXT_OR_TEXTS = oneOrMore(TEXT);

    /** {@code [NAME=value]} or {@code {NAME: value}}; a name without value maps to {@code null}. */
    static final Shape VARIABLES = listOrMap("NAME=value");

    /** As above, and nothing is an empty text. */
    static final Shape LABELS = (node, place) -> {
        Map<String, @Nullable Object> labels = castMap(VARIABLES.read(node, place));
        labels.replaceAll((key, value) -> value == null ? "" : value);
        return labels;
    };

    /** A command line: words as they are, or one text that Compose itself splits. */
    static final Shape COMMAND =
            (node, place) -> node instanceof Node.Items ? texts(node, place) : TEXT.read(node, place);

    private Shapes() {}

    private static @Nullable Boolean booleanOf(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on", "y", "1" -> true;
            case "false", "no", "off", "n", "0" -> false;
            default -> null;
        };
    }

    private static @Nullable Object texts(Node node, Shape.Place place) {
        return list(ANY_TEXT).read(node, place);
    }

    /** A text that a parser takes; its {@code IllegalArgumentException} becomes the problem. */
    static Shape parsed(Function<String, Object> parser) {
        return (node, place) -> {
            if (!(node instanceof Node.Scalar scalar) || scalar.value() instanceof Boolean) {
                return place.expectedKind(node, "one value");
            }
            try {
                return parser.apply(scalar.text());
            } catch (IllegalArgumentException e) {
                return place.problem(node, String.valueOf(e.getMessage()));
            }
        };
    }

    static Shape whole(long least, long most) {
        String what = least == Long.MIN_VALUE
                ? "a whole number"
                : most == Long.MAX_VALUE || most == Integer.MAX_VALUE
                        ? "a whole number of at least " + least
                        : "a whole number from " + least + " to " + most;
        return (node, place) -> {
            if (node instanceof Node.Scalar scalar
                    && WHOLE.matcher(scalar.text()).matches()) {
                long number = Long.parseLong(scalar.text());
                if (number >= least && number <= most) {
                    return number;
                }
            }
            return place.expected(node, what);
        };
    }

    static Shape oneOf(String... accepted) {
        List<String> texts = List.of(accepted);
        return (node, place) -> node instanceof Node.Scalar scalar && texts.contains(scalar.text())
                ? scalar.text()
                : place.expected(node, "one of " + String.join(", ", texts));
    }

    static Shape list(Shape item) {
        return (node, place) -> {
            if (!(node instanceof Node.Items list)) {
                return place.expectedKind(node, "a list");
            }
            List<Object> items = new ArrayList<>();
            int index = 0;
            for (Node value : list.items()) {
                Object read = isEmpty(value)
                        ? place.item(index).expectedKind(value, "a value")
                        : item.read(value, place.item(index));
                if (read != null) {
                    items.add(read);
                }
                index++;
            }
            return items;
        };
    }

    static Shape oneOrMore(Shape item) {
        Shape list = list(item);
        return (node, place) -> {
            if (node instanceof Node.Items) {
                return list.read(node, place);
            }
            Object one = item.read(node, place);
            return one == null ? null : List.of(one);
        };
    }

    /** A mapping with any keys; a key without a value maps to {@code null} where that is accepted. */
    static Shape map(Shape value, boolean empty) {
        return (node, place) -> {
            if (!(node instanceof Node.Fields map)) {
                return place.expectedKind(node, "a mapping");
            }
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            map.fields().forEach((key, field) -> {
                Node given = field.value();
                if (!isEmpty(given)) {
                    Object read = value.read(given, place.key(key));
                    if (read != null) {
                        values.put(key, read);
                    }
                } else if (empty) {
                    values.put(key, null);
                } else {
                    place.key(key).expectedKind(given, "a value");
                }
            });
            return values;
        };
    }

    /** One value in the place of a mapping that has it under this key. */
    static Shape shorthand(String key, Shape shape, Keys keys) {
        return (node, place) -> {
            if (node instanceof Node.Fields) {
                return keys.read(node, place);
            }
            Object value = shape.read(node, place);
            return value == null ? null : Map.of(key, value);
        };
    }

    /** A list of names in the place of a mapping, each meaning {@code meaning}. */
    static Shape namesOr(Shape map, @Nullable Object meaning) {
        return (node, place) -> {
            if (node instanceof Node.Scalar) {
                return place.expectedKind(node, "a list of names, or a mapping");
            }
            if (!(node instanceof Node.Items)) {
                return map.read(node, place);
            }
            Object names = TEXTS.read(node, place);
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            castList(names).forEach(name -> values.put(String.valueOf(name), meaning));
            return values;
        };
    }

    private static Shape listOrMap(String form) {
        Shape map = map(ANY_TEXT, true);
        return (node, place) -> {
            if (node instanceof Node.Fields) {
                return map.read(node, place);
            }
            if (!(node instanceof Node.Items list)) {
                return place.expectedKind(node, "a mapping, or a list of " + form);
            }
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            int index = 0;
            for (Node item : list.items()) {
                if (item instanceof Node.Scalar scalar && scalar.value() instanceof String text && !text.isBlank()) {
                    int equals = text.indexOf('=');
                    values.put(
                            equals < 0 ? text : text.substring(0, equals),
                            equals < 0 ? null : text.substring(equals + 1));
                } else {
                    place.item(index).expectedKind(item, form);
                }
                index++;
            }
            return values;
        };
    }

    static Shape path(boolean context) {
        return (node, place) -> {
            if (!(node instanceof Node.Scalar scalar)) {
                return place.expectedKind(node, "a path");
            }
            Path path = place.reading().path(scalar, scalar.text(), place.path());
            return path == null
                    ? null
                    : new HostPath(
                            Reading.absolute(path), context, place.reading().source(node.line()));
        };
    }

    /**
     * What is never accepted.
     *
     * @param why for the one who wrote it
     */
    record Refused(String why) implements Shape {
        @Override
        public @Nullable Object read(Node node, Place place) {
            return place.problem(node, why);
        }
    }

    static Shape refused(String why) {
        return new Refused(why);
    }

    private static boolean isEmpty(Node node) {
        return node instanceof Node.Scalar scalar && scalar.value() == null;
    }

    /** A map of data; an empty one for anything else. */
    @SuppressWarnings("unchecked")
    static Map<String, @Nullable Object> castMap(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : new LinkedHashMap<>();
    }

    /** A list of data; an empty one for anything else. */
    @SuppressWarnings("unchecked")
    static List<Object> castList(@Nullable Object value) {
        return value instanceof List<?> list ? (List<Object>) list : List.of();
    }

    /** A copy that may be changed, inner maps and lists included. */
    static @Nullable Object copy(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>();
            map.forEach((key, inner) -> copy.put(String.valueOf(key), copy(inner)));
            return copy;
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> copy = new ArrayList<>();
            list.forEach(inner -> copy.add(copy(inner)));
            return copy;
        }
        return value;
    }
}
