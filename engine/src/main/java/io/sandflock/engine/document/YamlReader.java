/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.document;

import io.sandflock.InvalidInputException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Reads one YAML document, event by event: SnakeYAML's own trees resolve {@code no} to false and {@code 1:30} to 90, know no bound
 * on what aliases repeat, and cannot stream a list.
 *
 * <p>Plain scalars are those of YAML 1.2's core schema. YAML's own tags are ignored, others are refused, {@code <<} is merged, duplicate keys are refused.
 */
public final class YamlReader {

    private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]{1,400}");
    private static final Pattern DECIMAL =
            Pattern.compile("[-+]?(\\.[0-9]{1,400}|[0-9]{1,400}(\\.[0-9]{0,400})?)([eE][-+]?[0-9]{1,5})?");

    private final String file;
    private final Bounds bounds;
    private final ParserImpl events;
    private final Map<String, Anchored> anchors = new HashMap<>();

    private YamlReader(Utf8Reader source, String file, Bounds bounds) {
        LoaderOptions options = new LoaderOptions();
        // The source is bounded in bytes already.
        options.setCodePointLimit(Integer.MAX_VALUE);
        this.file = file;
        this.bounds = bounds;
        this.events = new ParserImpl(new StreamReader(source), options);
    }

    /** The whole document; {@code null} when there is none. */
    public static @Nullable Node read(Utf8Reader source, String file, Bounds bounds) {
        YamlReader reader = new YamlReader(source, file, bounds);
        return reader.guarded(reader::document);
    }

    /** The items of a list, one at a time, until {@code more} says false. */
    public static void items(Utf8Reader source, String file, Bounds bounds, Predicate<Node> more) {
        YamlReader reader = new YamlReader(source, file, bounds);
        reader.guarded(() -> reader.list(more));
    }

    private <T> @Nullable T guarded(java.util.function.Supplier<@Nullable T> work) {
        try {
            return work.get();
        } catch (InvalidInputException e) {
            throw e;
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            String context = e.getContext() == null ? "" : e.getContext() + ": ";
            throw Problems.at(file, line, "not YAML: " + (context + e.getProblem()).replaceAll("\\s+", " "), e);
        } catch (YAMLException e) {
            throw Problems.at(
                    file, 1, "not YAML: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "), e);
        }
    }

    private @Nullable Node document() {
        if (!start()) {
            return null;
        }
        Node node = node(events.getEvent(), 1);
        end();
        return node;
    }

    private @Nullable Void list(Predicate<Node> more) {
        if (!start()) {
            return null;
        }
        Event first = events.getEvent();
        if (!first.is(Event.ID.SequenceStart)) {
            throw Problems.at(file, line(first), "expected a list of samples, each a mapping", null);
        }
        for (Event next = events.getEvent(); !next.is(Event.ID.SequenceEnd); next = events.getEvent()) {
            if (!more.test(node(next, 2))) {
                return null;
            }
        }
        end();
        return null;
    }

    private boolean start() {
        events.getEvent();
        return events.getEvent().is(Event.ID.DocumentStart);
    }

    private void end() {
        events.getEvent();
        Event next = events.getEvent();
        if (!next.is(Event.ID.StreamEnd)) {
            throw Problems.at(file, line(next), "a second YAML document; expected one", null);
        }
    }

    private Node node(Event event, int depth) {
        bounds.depth(depth, line(event));
        if (event instanceof AliasEvent alias) {
            return repeated(alias, depth);
        }
        bounds.take(1, line(event));
        refuseTag(event);
        int before = bounds.taken();
        Node node = event instanceof ScalarEvent scalar
                ? scalar(scalar)
                : event.is(Event.ID.SequenceStart) ? sequence(event, depth) : mapping(event, depth);
        String anchor = ((NodeEvent) event).getAnchor();
        if (anchor != null) {
            anchors.put(anchor, new Anchored(node, bounds.taken() - before + 1));
        }
        return node;
    }

    /** YAML's own tags say what a value is anyway; an application's change what is meant. */
    private void refuseTag(Event event) {
        String tag = event instanceof ScalarEvent scalar
                ? scalar.getTag()
                : event instanceof CollectionStartEvent collection ? collection.getTag() : null;
        if (tag != null && tag.startsWith("!") && tag.length() > 1) {
            throw Problems.at(file, line(event), "the tag " + Problems.shown(tag) + "; expected a value without", null);
        }
    }

    private Node repeated(AliasEvent alias, int depth) {
        Anchored anchored = anchors.get(alias.getAnchor());
        if (anchored == null) {
            throw Problems.at(
                    file,
                    line(alias),
                    "the alias " + Problems.shown("*" + alias.getAnchor()) + " names no anchor above it",
                    null);
        }
        bounds.take(anchored.weight, line(alias));
        bounds.depth(depth + height(anchored.node) - 1, line(alias));
        return anchored.node;
    }

    private static int height(Node node) {
        int tallest = 0;
        if (node instanceof Node.Items list) {
            tallest = list.items().stream().mapToInt(YamlReader::height).max().orElse(0);
        } else if (node instanceof Node.Fields map) {
            tallest = map.fields().values().stream()
                    .mapToInt(field -> height(field.value()))
                    .max()
                    .orElse(0);
        }
        return tallest + 1;
    }

    private Node sequence(Event start, int depth) {
        List<Node> items = new ArrayList<>();
        for (Event next = events.getEvent(); !next.is(Event.ID.SequenceEnd); next = events.getEvent()) {
            items.add(node(next, depth + 1));
        }
        return new Node.Items(line(start), items);
    }

    private Node mapping(Event start, int depth) {
        Map<String, Node.Field> fields = new LinkedHashMap<>();
        Map<String, Node.Field> merged = new LinkedHashMap<>();
        for (Event next = events.getEvent(); !next.is(Event.ID.MappingEnd); next = events.getEvent()) {
            Node key = node(next, depth + 1);
            if (!(key instanceof Node.Scalar scalar)) {
                throw Problems.at(file, line(next), "a key must be text, was " + key.kind(), null);
            }
            Node value = node(events.getEvent(), depth + 1);
            if (scalar.text().equals("<<") && next instanceof ScalarEvent event && event.isPlain()) {
                merge(value, merged);
                continue;
            }
            Node.Field earlier = fields.put(scalar.text(), new Node.Field(line(next), value));
            if (earlier != null) {
                String problem = "duplicate key " + Problems.shown(scalar.text()) + ", first on line " + earlier.line();
                throw Problems.at(file, line(next), problem, null);
            }
        }
        merged.forEach(fields::putIfAbsent);
        return new Node.Fields(line(start), fields);
    }

    // https://yaml.org/type/merge.html: of several mappings the earlier ones win, and the mapping's own keys win over
    // all.
    private void merge(Node value, Map<String, Node.Field> merged) {
        if (value instanceof Node.Fields map) {
            map.fields().forEach(merged::putIfAbsent);
        } else if (value instanceof Node.Items list && list.items().stream().allMatch(Node.Fields.class::isInstance)) {
            list.items().forEach(item -> merge(item, merged));
        } else {
            throw Problems.at(
                    file, value.line(), "'<<' merges a mapping or a list of mappings, was " + value.kind(), null);
        }
    }

    private Node scalar(ScalarEvent event) {
        String text = event.getValue();
        if (text.length() > Bounds.TEXT) {
            throw Problems.at(file, line(event), "text longer than " + Bounds.TEXT + " characters", null);
        }
        return new Node.Scalar(line(event), event.isPlain() && event.getTag() == null ? core(text) : text, text);
    }

    private static @Nullable Object core(String text) {
        return switch (text) {
            case "", "~", "null", "Null", "NULL" -> null;
            case "true", "True", "TRUE" -> true;
            case "false", "False", "FALSE" -> false;
            default -> number(text);
        };
    }

    private static Object number(String text) {
        if (INTEGER.matcher(text).matches()) {
            return integer(text);
        }
        return DECIMAL.matcher(text).matches() ? decimal(text) : text;
    }

    /** A {@code Long}, or a {@code BigInteger} where it does not fit. */
    static Number integer(String digits) {
        try {
            return Long.valueOf(digits);
        } catch (NumberFormatException e) {
            return new BigInteger(digits);
        }
    }

    /** A {@code Double}, or a {@code BigDecimal} where it would be infinite. */
    static Number decimal(String digits) {
        double value = Double.parseDouble(digits);
        return Double.isFinite(value) ? (Number) value : new BigDecimal(digits);
    }

    private static int line(Event event) {
        return event.getStartMark().getLine() + 1;
    }

    private record Anchored(Node node, int weight) {}
}
