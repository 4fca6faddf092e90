/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.compose;

import io.sandflock.engine.document.Problems;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a compose file says once everything that it names was read: services and what they share, in one form. */
final class Composition {

    /** What services share, by the key of the top level. */
    static final List<String> SHARED = List.of("networks", "volumes", "secrets", "configs");

    private final Map<String, Map<String, @Nullable Object>> services = new LinkedHashMap<>();
    private final Map<String, Map<String, @Nullable Object>> shared = new LinkedHashMap<>();
    private final Map<String, String> sources = new LinkedHashMap<>();
    private final Set<String> defaults = new LinkedHashSet<>();
    private final Set<String> local = new LinkedHashSet<>();
    private final Set<String> warnings = new LinkedHashSet<>();
    private XDaytona daytona = XDaytona.NONE;

    /** Names, in the file's order. */
    Set<String> services() {
        return services.keySet();
    }

    /** What a service says; it may be changed. */
    Map<String, @Nullable Object> service(String name) {
        return Shapes.castMap(services.get(name));
    }

    /** What is shared under a key of {@link #SHARED}. */
    Map<String, @Nullable Object> shared(String key) {
        return shared.computeIfAbsent(key, none -> new LinkedHashMap<>());
    }

    /** Services that say {@code x-default: true}. */
    Set<String> defaults() {
        return defaults;
    }

    /** Services that say {@code x-local: true}. */
    Set<String> local() {
        return local;
    }

    Set<String> warnings() {
        return warnings;
    }

    XDaytona daytona() {
        return daytona;
    }

    void daytona(XDaytona found) {
        daytona = found;
    }

    /** Where a service was written: file and line. */
    String source(String service) {
        return sources.getOrDefault(service, "");
    }

    void put(String service, Map<String, @Nullable Object> definition, String source) {
        services.put(service, definition);
        sources.put(service, source);
    }

    /** Takes over what an included file has. What both have must be the same. */
    void include(Composition other, Problems problems, int line) {
        for (String name : other.services.keySet()) {
            if (!services.containsKey(name)) {
                put(name, other.service(name), other.source(name));
            } else if (!service(name).equals(other.service(name))) {
                conflict("services", name, problems, line);
            }
        }
        for (String key : SHARED) {
            other.shared(key).forEach((name, value) -> {
                if (!shared(key).containsKey(name)) {
                    shared(key).put(name, value);
                } else if (!Objects.equals(shared(key).get(name), value)) {
                    conflict(key, name, problems, line);
                }
            });
        }
        defaults.addAll(other.defaults);
        local.addAll(other.local);
        warnings.addAll(other.warnings);
    }

    /** Lays another file over this one. */
    void override(Composition over) {
        for (String name : over.services.keySet()) {
            put(
                    name,
                    services.containsKey(name) ? Merge.of(service(name), over.service(name)) : over.service(name),
                    over.source(name));
        }
        for (String key : SHARED) {
            Map<String, @Nullable Object> merged = Merge.of(shared(key), over.shared(key));
            shared(key).putAll(merged);
        }
        defaults.addAll(over.defaults);
        local.addAll(over.local);
        warnings.addAll(over.warnings);
    }

    private static void conflict(String key, String name, Problems problems, int line) {
        problems.add(line, "the included file and this one both have " + key + "." + name + ", and they differ");
    }
}
