/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** The table of routes below {@code /api}. */
final class Routes {

    /** Which limit governs a route; empty throttlers are those of the config only. */
    enum Throttler {
        AUTHENTICATED("authenticated"),
        CREATE("sandbox-create"),
        LIFECYCLE("sandbox-lifecycle"),
        LIST("sandbox-list"),
        NONE("");

        private final String wire;

        Throttler(String wire) {
            this.wire = wire;
        }

        String wire() {
            return wire;
        }
    }

    /**
     * @param operation its name in counters and faults
     * @param target the variable that names what it is about; empty for none
     */
    record Route(
            String operation,
            String target,
            Throttler throttler,
            List<String> segments,
            Function<Call, Mono<Answer>> handler) {}

    /** A route and its variables. */
    record Match(Route route, Map<String, String> params) {}

    private final Map<String, List<Route>> byShape = new HashMap<>();

    /** Adds a route; one that was added before wins over a later one that matches too. */
    Routes add(
            String method,
            String pattern,
            String operation,
            Throttler throttler,
            Function<Call, Mono<Answer>> handler) {
        List<String> segments = List.of(pattern.substring(1).split("/"));
        String target = segments.stream()
                .filter(Routes::isVariable)
                .findFirst()
                .map(Routes::variable)
                .orElse("");
        byShape.computeIfAbsent(shape(method, segments.size()), any -> new ArrayList<>())
                .add(new Route(operation, target, throttler, segments, handler));
        return this;
    }

    /** As above for what is answered at once. */
    Routes now(String method, String pattern, String operation, Throttler throttler, Function<Call, Answer> handler) {
        return add(method, pattern, operation, throttler, call -> Mono.fromSupplier(() -> handler.apply(call)));
    }

    /** The route of these decoded segments. */
    Optional<Match> match(String method, List<String> parts) {
        for (Route route : byShape.getOrDefault(shape(method, parts.size()), List.of())) {
            Optional<Map<String, String>> params = params(route, parts);
            if (params.isPresent()) {
                return Optional.of(new Match(route, params.get()));
            }
        }
        return Optional.empty();
    }

    private static Optional<Map<String, String>> params(Route route, List<String> parts) {
        for (int i = 0; i < parts.size(); i++) {
            String segment = route.segments().get(i);
            if (isVariable(segment) ? parts.get(i).isEmpty() : !segment.equals(parts.get(i))) {
                return Optional.empty();
            }
        }
        Map<String, String> params = new HashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            if (isVariable(route.segments().get(i))) {
                params.put(variable(route.segments().get(i)), parts.get(i));
            }
        }
        return Optional.of(params);
    }

    private static String shape(String method, int segments) {
        return method + segments;
    }

    private static boolean isVariable(String segment) {
        return segment.startsWith("{");
    }

    private static String variable(String segment) {
        return segment.substring(1, segment.length() - 1);
    }
}
