/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lays one service, or file, over another by the Compose specification's rules: mappings are merged, lists are appended, commands and
 * health checks' tests are replaced, and what is mounted or published replaces what goes to the same place.
 */
final class Merge {

    private static final Set<String> REPLACED = Set.of("command", "entrypoint", "test");
    private static final Set<String> BY_TARGET = Set.of("volumes", "secrets", "configs", "devices");

    private Merge() {}

    /** A new map; the arguments stay as they are. */
    static Map<String, @Nullable Object> of(Map<String, @Nullable Object> base, Map<String, @Nullable Object> over) {
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(base);
        over.forEach((key, value) -> merged.put(key, value(key, base.get(key), value)));
        return merged;
    }

    private static @Nullable Object value(String key, @Nullable Object base, @Nullable Object over) {
        if (REPLACED.contains(key) || base == null) {
            return over;
        }
        if (over == null) {
            return base;
        }
        if (base instanceof Map<?, ?> && over instanceof Map<?, ?>) {
            Map<String, @Nullable Object> below = Shapes.castMap(base);
            Map<String, @Nullable Object> above = Shapes.castMap(over);
            boolean other = key.equals("logging")
                    && above.get("driver") != null
                    && !Objects.equals(above.get("driver"), below.get("driver"));
            return other ? above : of(below, above);
        }
        return base instanceof List<?> && over instanceof List<?>
                ? lists(key, Shapes.castList(base), Shapes.castList(over))
                : over;
    }

    private static List<Object> lists(String key, List<Object> base, List<Object> over) {
        Map<Object, Object> merged = new LinkedHashMap<>();
        base.forEach(item -> merged.put(identity(key, item), item));
        over.forEach(item -> merged.put(identity(key, item), item));
        return new ArrayList<>(merged.values());
    }

    /** What of a list's items there can be once. */
    private static Object identity(String key, Object item) {
        if (item instanceof Map<?, ?> map) {
            if (BY_TARGET.contains(key) && (map.get("target") != null || map.get("source") != null)) {
                return String.valueOf(map.get("target") != null ? map.get("target") : map.get("source"));
            }
            if (key.equals("ports")) {
                return port(map);
            }
            return map;
        }
        return key.equals("ports") ? port(item.toString()) : item;
    }

    private static String port(Map<?, ?> map) {
        Object protocol = map.get("protocol");
        return text(map.get("host_ip")) + ":" + text(map.get("published")) + ":" + map.get("target") + "/"
                + (protocol == null ? "tcp" : protocol);
    }

    private static String port(String text) {
        int slash = text.indexOf('/');
        String protocol = slash < 0 ? "tcp" : text.substring(slash + 1);
        String ports = slash < 0 ? text : text.substring(0, slash);
        int colons = (int) ports.chars().filter(c -> c == ':').count();
        String full = colons == 0 ? "::" + ports : colons == 1 ? ":" + ports : ports;
        return full + "/" + protocol;
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }
}
