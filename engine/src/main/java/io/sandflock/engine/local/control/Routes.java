/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import io.netty.handler.codec.http.QueryStringDecoder;
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

    /** @param params decoded */
    record Match(Route route, Map<String, String> params) {}

    private final Map<String, List<Route>> byShape = new HashMap<>();

    /** Adds a route; one that was added before wins over a later one that matches too. */
    Routes add(String method, String pattern, String operation, Throttler throttler, Function<Call, Mono<Answer>> handler) {
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

    /** The route of an undecoded path below {@code /api}. */
    Optional<Match> match(String method, String path) {
        String[] parts = path.substring(1).split("/", -1);
        for (Route route : byShape.getOrDefault(shape(method, parts.length), List.of())) {
            Optional<Map<String, String>> params = params(route, parts);
            if (params.isPresent()) {
                return Optional.of(new Match(route, params.get()));
            }
        }
        return Optional.empty();
    }

    private static Optional<Map<String, String>> params(Route route, String[] parts) {
        for (int i = 0; i < parts.length; i++) {
            String segment = route.segments().get(i);
            if (isVariable(segment) ? parts[i].isEmpty() : !segment.equals(parts[i])) {
                return Optional.empty();
            }
        }
        Map<String, String> params = new HashMap<>();
        for (int i = 0; i < parts.length; i++) {
            if (isVariable(route.segments().get(i))) {
                params.put(variable(route.segments().get(i)), decode(parts[i]));
            }
        }
        return Optional.of(params);
    }

    static String decode(String segment) {
        try {
            // Netty reads a plus as a blank, which holds in a query only.
            return QueryStringDecoder.decodeComponent(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("the path is not valid percent-encoding");
        }
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
