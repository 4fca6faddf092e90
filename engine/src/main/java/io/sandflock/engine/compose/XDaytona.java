/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Node;
import io.sandflock.engine.document.Problems;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What {@code x-daytona} at the top of a compose file says. What it does not say is empty. */
final class XDaytona {

    static final XDaytona NONE = new XDaytona(Map.of());

    private static final Pattern CIDR = Pattern.compile(
            "(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)/(?:3[0-2]|[12]?\\d)");
    private static final Shape MINUTES = Shapes.whole(0, Integer.MAX_VALUE);
    private static final Pattern SECONDS = Pattern.compile("\\d{1,5}(\\.\\d{1,3})?");
    /** What is there for people who know Docker: a platform's volumes are something else. */
    private static final String NO_VOLUMES =
            "volumes of the platform are not supported; files of the eval are written into a"
                    + " sandbox with 'files', and services that share a volume get one of their own";

    private static final Keys KEYS = Keys.none()
            .with(MINUTES, "auto_stop_interval", "auto_archive_interval")
            .with(Shapes.whole(-1, Integer.MAX_VALUE), "auto_delete_interval")
            .with(Shapes.BOOLEAN, "network_block_all", "public", "ephemeral")
            .with(XDaytona::allowList, "network_allow_list")
            .with(text(), "language", "os_user", "snapshot")
            .with(Shapes.parsed(XDaytona::seconds), "timeout")
            .with(
                    Keys.none().with(Shapes.whole(1, 10_000), "cpu", "memory").with(Shapes.whole(0, 1_000), "gpu"),
                    "resources")
            .with(variables(), "env_vars")
            .with(Shapes.map(Shapes.ANY_TEXT, false), "labels")
            .with(Shapes.refused(NO_VOLUMES), "volumes");

    private final Map<String, @Nullable Object> values;

    private XDaytona(Map<String, @Nullable Object> values) {
        this.values = values;
    }

    static XDaytona read(Node node, Shape.Place place) {
        Map<String, @Nullable Object> values = Shapes.castMap(KEYS.read(node, place));
        if (Boolean.TRUE.equals(values.get("ephemeral"))
                && values.get("auto_delete_interval") instanceof Long minutes
                && minutes > 0) {
            place.problem(
                    node,
                    "ephemeral is deleted as it stops, and auto_delete_interval says later; accepted: one of the two");
        }
        return new XDaytona(values);
    }

    private static Shape text() {
        return (node, place) ->
                node instanceof Node.Scalar scalar && !scalar.text().isBlank()
                        ? Shapes.TEXT.read(node, place)
                        : place.expected(node, "text");
    }

    private static Shape variables() {
        Shape map = Shapes.map(Shapes.ANY_TEXT, false);
        return (node, place) -> {
            Map<String, @Nullable Object> variables = Shapes.castMap(map.read(node, place));
            variables.keySet().stream()
                    .filter(name -> name.isBlank() || name.indexOf('=') >= 0)
                    .forEach(name -> place.problem(node, Problems.shown(name) + " is no name of a variable"));
            return variables;
        };
    }

    private static Object seconds(String text) {
        Duration time = SECONDS.matcher(text).matches()
                ? Duration.ofMillis(new BigDecimal(text).movePointRight(3).longValue())
                : Duration.ZERO;
        if (time.isZero() || time.toHours() > 24) {
            throw new IllegalArgumentException(
                    "expected a number of seconds, above 0 and at most a day's, was " + Problems.shown(text));
        }
        return time;
    }

    private static @Nullable Object allowList(Node node, Shape.Place place) {
        if (node instanceof Node.Scalar scalar) {
            String list = scalar.text().replace(" ", "");
            boolean good = java.util.Arrays.stream(list.split(",", -1))
                    .allMatch(part -> CIDR.matcher(part).matches());
            if (good) {
                return list;
            }
        }
        return place.expected(
                node, "IPv4 blocks with their prefix length, comma-separated, such as 10.0.0.0/8,1.1.1.1/32");
    }

    OptionalInt autoStop() {
        return number(values, "auto_stop_interval");
    }

    OptionalInt autoArchive() {
        return number(values, "auto_archive_interval");
    }

    /** Empty for never. */
    OptionalInt autoDelete() {
        OptionalInt minutes = number(values, "auto_delete_interval");
        return minutes.orElse(-1) < 0 ? OptionalInt.empty() : minutes;
    }

    Optional<Boolean> networkBlockAll() {
        return Optional.ofNullable((Boolean) values.get("network_block_all"));
    }

    Optional<String> networkAllowList() {
        return text("network_allow_list");
    }

    Optional<String> language() {
        return text("language");
    }

    Optional<String> osUser() {
        return text("os_user");
    }

    Optional<String> snapshot() {
        return text("snapshot");
    }

    boolean isPublic() {
        return Boolean.TRUE.equals(values.get("public"));
    }

    boolean ephemeral() {
        return Boolean.TRUE.equals(values.get("ephemeral"));
    }

    Optional<Duration> timeout() {
        return Optional.ofNullable((Duration) values.get("timeout"));
    }

    OptionalInt cpu() {
        return number(Shapes.castMap(values.get("resources")), "cpu");
    }

    OptionalInt memoryGib() {
        return number(Shapes.castMap(values.get("resources")), "memory");
    }

    OptionalInt gpu() {
        return number(Shapes.castMap(values.get("resources")), "gpu");
    }

    Map<String, String> env() {
        return texts("env_vars");
    }

    Map<String, String> labels() {
        return texts("labels");
    }

    private Map<String, String> texts(String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        Shapes.castMap(values.get(key)).forEach((name, value) -> texts.put(name, String.valueOf(value)));
        return texts;
    }

    private Optional<String> text(String key) {
        return Optional.ofNullable((String) values.get(key));
    }

    private static OptionalInt number(Map<String, @Nullable Object> from, String key) {
        return from.get(key) instanceof Long number ? OptionalInt.of(number.intValue()) : OptionalInt.empty();
    }
}
