/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.engine.local.http.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which sandboxes a list asks for, and in which order. */
final class ListQuery {

    private static final Map<String, Function<SandboxRow, Comparable<?>>> SORTS = Map.of(
            "name", row -> row.name,
            "cpu", row -> (double) row.resources.cpu(),
            "memoryGib", row -> (double) row.resources.memory(),
            "diskGib", row -> (double) row.resources.disk(),
            "lastActivityAt", row -> row.activeAt.toEpochMilli(),
            "createdAt", row -> row.createdMicros);

    private static final ObjectReader TREES = new ObjectMapper().readerFor(JsonNode.class);

    private final Call call;
    private final Instant now;
    private final Optional<Map<String, String>> labels;
    private final Set<String> states;
    private final Set<String> snapshots;
    private final String sort;
    private final boolean ascending;

    ListQuery(Call call, Instant now) {
        this.call = call;
        this.now = now;
        this.labels = call.query("labels").map(ListQuery::labels);
        this.states = Set.copyOf(call.queries("states"));
        this.snapshots = Set.copyOf(call.queries("snapshots"));
        this.sort = call.query("sort").orElse("lastActivityAt");
        this.ascending = call.query("order").orElse("desc").equals("asc");
        if (!SORTS.containsKey(sort)) {
            throw ApiException.badRequest("sort must be one of the following values: "
                    + String.join(", ", SORTS.keySet().stream().sorted().toList()));
        }
        if (!Set.of("asc", "desc").contains(call.query("order").orElse("desc"))) {
            throw ApiException.badRequest("order must be one of the following values: asc, desc");
        }
    }

    /** A page and where the next one begins. */
    record Page(List<SandboxRow> rows, Optional<String> next) {}

    /** The page that the request's cursor points to. */
    Page page(SandboxTable table) {
        int limit = call.number("limit", 1, 200, 100);
        Optional<Cursor> after = call.query("cursor").map(this::cursor);
        List<SandboxRow> rows = sort.equals("createdAt")
                ? byAge(table, after, limit + 1)
                : selected(table.all().stream(), after, limit + 1);
        if (rows.size() <= limit) {
            return new Page(rows, Optional.empty());
        }
        List<SandboxRow> page = rows.subList(0, limit);
        return new Page(page, Optional.of(Cursor.of(page.get(limit - 1), sort).encoded()));
    }

    /** All that match, in order, for the deprecated pages. */
    List<SandboxRow> all(SandboxTable table) {
        return table.all().stream().filter(this::matches).sorted(order()).toList();
    }

    /** The table is in this order already: a page costs what it holds, however many sandboxes there are. */
    private List<SandboxRow> byAge(SandboxTable table, Optional<Cursor> after, int most) {
        var rows = ascending ? table.byAge() : table.byAge().descendingMap();
        if (after.isPresent()) {
            rows = rows.tailMap(after.get().number("createdAt"), false);
        }
        return rows.values().stream().filter(this::matches).limit(most).toList();
    }

    /** The first ones by a bounded heap, so that no page sorts the whole table. */
    private List<SandboxRow> selected(Stream<SandboxRow> all, Optional<Cursor> after, int most) {
        Comparator<Ranked> order = ranked();
        PriorityQueue<Ranked> best = new PriorityQueue<>(most + 1, order.reversed());
        Optional<Ranked> start = after.map(cursor -> cursor.ranked(sort));
        all.filter(this::matches)
                .map(row -> new Ranked(value(row, sort), row.id, row))
                .filter(row -> start.isEmpty() || order.compare(row, start.get()) > 0)
                .forEach(row -> {
                    best.add(row);
                    if (best.size() > most) {
                        best.poll();
                    }
                });
        return best.stream().sorted(order).map(Ranked::row).toList();
    }

    private Comparator<SandboxRow> order() {
        Comparator<Ranked> order = ranked();
        return (a, b) -> order.compare(ranked(a), ranked(b));
    }

    private Ranked ranked(SandboxRow row) {
        return new Ranked(value(row, sort), row.id, row);
    }

    private Comparator<Ranked> ranked() {
        Comparator<Ranked> order = Ranked::compareTo;
        return ascending ? order : order.reversed();
    }

    private boolean matches(SandboxRow row) {
        SandboxRow.Oddity oddity = row.oddity;
        return row.state != State.DESTROYED
                && (oddity == null || !now.isBefore(oddity.listedFrom))
                && (call.flag("includeErroredDeleted") || !isErroredDeleted(row))
                && call.query("id").filter(id -> !row.id.equals(id)).isEmpty()
                && call.query("name")
                        .filter(name -> !startsWith(row.name, name))
                        .isEmpty()
                && labels.filter(map -> !row.labels.entrySet().containsAll(map.entrySet()))
                        .isEmpty()
                && (states.isEmpty() || states.contains(row.state.wire()))
                && (snapshots.isEmpty() || snapshots.contains(row.snapshot))
                && isWithin("createdAt", row.createdAt())
                && isWithin("lastEvent", row.activeAt)
                && call.query("isPublic")
                        .filter(flag -> !flag.equals(Boolean.toString(row.isPublic)))
                        .isEmpty();
    }

    private static Comparable<?> value(SandboxRow row, String sort) {
        return Objects.requireNonNull(SORTS.get(sort), sort).apply(row);
    }

    private static boolean isErroredDeleted(SandboxRow row) {
        return row.state == State.ERROR && row.desired.equals("destroyed");
    }

    private static boolean startsWith(String name, String prefix) {
        return name.toLowerCase(Locale.ROOT).startsWith(prefix.toLowerCase(Locale.ROOT));
    }

    private boolean isWithin(String what, Instant at) {
        return call.query(what + "After")
                        .filter(text -> at.isBefore(instant(what + "After", text)))
                        .isEmpty()
                && call.query(what + "Before")
                        .filter(text -> at.isAfter(instant(what + "Before", text)))
                        .isEmpty();
    }

    private static Instant instant(String name, String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw ApiException.badRequest(name + " must be a valid ISO 8601 date string");
        }
    }

    private static Map<String, String> labels(String text) {
        JsonNode json = parse(text.getBytes(StandardCharsets.UTF_8));
        ObjectNode holder = JsonNodeFactory.instance.objectNode();
        holder.set("labels", json);
        Fields fields = new Fields(holder);
        Map<String, String> labels = fields.texts("labels");
        fields.done();
        return labels;
    }

    /** Small texts of the query: parsed in place. */
    private static JsonNode parse(byte[] text) {
        try {
            return TREES.readTree(text);
        } catch (IOException e) {
            throw ApiException.badRequest("labels must be a JSON object");
        }
    }

    private Cursor cursor(String text) {
        try {
            JsonNode json = parse(Base64.getUrlDecoder().decode(text));
            Cursor cursor = new Cursor(
                    json.path("sortValue"),
                    json.path("id").asText(),
                    json.path("sort").asText());
            if (cursor.sort.equals(sort)) {
                return cursor;
            }
        } catch (IllegalArgumentException | ApiException e) {
            // Falls through: what it is that cannot be read does not matter.
        }
        throw ApiException.badRequest("cursor is not one that this list with this sort has given");
    }

    private record Ranked(
            Comparable<?> value, String id, @Nullable SandboxRow source) implements Comparable<Ranked> {

        SandboxRow row() {
            return Objects.requireNonNull(source, "source");
        }

        @Override
        @SuppressWarnings("unchecked")
        public int compareTo(Ranked other) {
            // Values of one list are of one type.
            int byValue = ((Comparable<Object>) value).compareTo(other.value);
            return byValue != 0 ? byValue : id.compareTo(other.id);
        }
    }

    /** The last row of a page: rows that change or go between two pages neither shift nor repeat the others. */
    private record Cursor(JsonNode value, String id, String sort) {

        static Cursor of(SandboxRow row, String sort) {
            Comparable<?> value = ListQuery.value(row, sort);
            JsonNodeFactory json = JsonNodeFactory.instance;
            if (value instanceof Long number) {
                return new Cursor(json.numberNode(number), row.id, sort);
            }
            if (value instanceof Double number) {
                return new Cursor(json.numberNode(number), row.id, sort);
            }
            return new Cursor(json.textNode(value.toString()), row.id, sort);
        }

        String encoded() {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.set("sortValue", value);
            json.put("id", id);
            json.put("sort", sort);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(json));
        }

        long number(String what) {
            if (!value.isIntegralNumber()) {
                throw ApiException.badRequest("cursor does not hold a " + what);
            }
            return value.longValue();
        }

        Ranked ranked(String by) {
            Comparable<?> key = switch (by) {
                case "name" -> value.asText();
                case "lastActivityAt" -> number(by);
                default -> value.asDouble();
            };
            return new Ranked(key, id, null);
        }
    }
}
