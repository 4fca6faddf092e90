/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The documents of the control plane (OpenAPI 3.0) and of the toolbox (Swagger 2.0), as judges of recorded exchanges. A path
 * that is in neither is a violation; {@link Exceptions} has where the platform differs from its own documents.
 *
 * <pre>{@code
 * OpenApi.find().ifPresent(documents -> assertThat(documents.controlPlane().violations(recorded)).isEmpty());
 * }</pre>
 */
public final class OpenApi {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String name;
    private final JsonNode document;
    private final Schemas schemas;
    private final List<Route> routes = new ArrayList<>();

    OpenApi(String name, JsonNode document) {
        this.name = name;
        this.document = document;
        this.schemas = new Schemas(document);
        document.path("paths").fieldNames().forEachRemaining(path -> routes.add(Route.of(path)));
    }

    /** Both documents. */
    public record Documents(OpenApi controlPlane, OpenApi toolbox) {}

    /**
     * The documents in {@code ../shared/openapi} beside the repository, or beside the one that this is a worktree of. Empty when
     * they are not there, except in CI, where that is an error.
     */
    public static Optional<Documents> find() {
        Path root = Path.of(System.getProperty("sandflock.root", "."))
                .toAbsolutePath()
                .normalize();
        for (String up : new String[] {"../shared/openapi", "../../shared/openapi"}) {
            Path folder = root.resolve(up).normalize();
            if (Files.isRegularFile(folder.resolve("api.json"))) {
                return Optional.of(new Documents(read(folder, "api.json"), read(folder, "toolbox.json")));
            }
        }
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError("CI=true, and there are no OpenAPI documents in ../shared/openapi beside " + root);
        }
        return Optional.empty();
    }

    private static OpenApi read(Path folder, String file) {
        try {
            return new OpenApi(file, JSON.readTree(folder.resolve(file).toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is wrong with an exchange; empty when nothing is. */
    public List<String> violations(Recorded exchange) {
        if (Exceptions.isUndocumented(exchange)) {
            return List.of();
        }
        Optional<Route> route = route(exchange.path());
        JsonNode operation = route.map(found -> document.path("paths")
                        .path(found.template)
                        .path(exchange.method().toLowerCase(java.util.Locale.ROOT)))
                .orElse(com.fasterxml.jackson.databind.node.MissingNode.getInstance());
        if (operation.isMissingNode() && exchange.status() == 404) {
            return List.of(); // what nobody documented is not there
        }
        if (operation.isMissingNode()) {
            return List.of(exchange + ": not in " + name);
        }
        List<String> problems = new ArrayList<>();
        query(exchange, operation, problems);
        requestBody(exchange, operation, problems);
        answer(exchange, operation, problems);
        return problems.stream().map(problem -> exchange + ": " + problem).toList();
    }

    /** The most literal of the templates that match: {@code /sandbox/paginated} before {@code /sandbox/{id}}. */
    private Optional<Route> route(String path) {
        return routes.stream()
                .filter(route -> route.pattern.matcher(path).matches())
                .min(java.util.Comparator.comparingInt(route -> route.variables));
    }

    private void query(Recorded exchange, JsonNode operation, List<String> problems) {
        Map<String, JsonNode> declared = new HashMap<>();
        Set<String> required = new HashSet<>();
        for (JsonNode parameter : operation.path("parameters")) {
            if (parameter.path("in").asText().equals("query")) {
                declared.put(parameter.path("name").asText(), parameter);
                if (parameter.path("required").asBoolean()) {
                    required.add(parameter.path("name").asText());
                }
            }
        }
        for (String pair :
                exchange.query().isEmpty() ? new String[0] : exchange.query().split("&")) {
            String key = decode(pair.replaceAll("=.*", ""));
            String value = pair.contains("=") ? decode(pair.substring(pair.indexOf('=') + 1)) : "";
            required.remove(key);
            JsonNode parameter = declared.get(key);
            if (parameter == null) {
                problems.add("the query has '" + key + "', which is not declared");
            } else if (exchange.status() < 400) {
                JsonNode schema = parameter.has("schema") ? parameter.path("schema") : parameter;
                schemas.checkText(value, schema, "query " + key, problems);
            }
        }
        if (exchange.status() < 400) {
            required.forEach(key -> problems.add("the query lacks '" + key + "'"));
        }
    }

    private void requestBody(Recorded exchange, JsonNode operation, List<String> problems) {
        JsonNode schema = operation
                .path("requestBody")
                .path("content")
                .path("application/json")
                .path("schema");
        for (JsonNode parameter : operation.path("parameters")) {
            schema = parameter.path("in").asText().equals("body") ? parameter.path("schema") : schema;
        }
        // What a server refused need not be right.
        if (schema.isMissingNode() || exchange.status() >= 400 || exchange.requestBody().length == 0) {
            return;
        }
        if (!exchange.requestType().startsWith("application/json")) {
            problems.add("the request's content type is '" + exchange.requestType() + "'");
        }
        json(exchange.requestBody(), schema, "request", problems);
    }

    private void answer(Recorded exchange, JsonNode operation, List<String> problems) {
        JsonNode response = operation.path("responses").path(Integer.toString(exchange.status()));
        if (exchange.status() >= 400 || Exceptions.isOtherAnswer(exchange)) {
            return;
        }
        if (response.isMissingNode()) {
            problems.add("the status is not among "
                    + String.join(", ", iterable(operation.path("responses").fieldNames())));
            return;
        }
        JsonNode schema = response.has("schema")
                ? response.path("schema")
                : response.path("content").path("application/json").path("schema");
        if (!schema.isMissingNode()) {
            json(exchange.responseBody(), schema, "answer", problems);
        }
    }

    private void json(byte[] body, JsonNode schema, String where, List<String> problems) {
        try {
            JsonNode value = JSON.readTree(body);
            if (value == null || value.isMissingNode()) {
                problems.add("the " + where + " is empty");
            } else {
                schemas.check(value, schema, where, problems);
            }
        } catch (IOException e) {
            problems.add("the " + where + " is not JSON");
        }
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static List<String> iterable(java.util.Iterator<String> names) {
        List<String> list = new ArrayList<>();
        names.forEachRemaining(list::add);
        return list;
    }

    private record Route(String template, Pattern pattern, int variables) {
        static Route of(String template) {
            StringBuilder regex = new StringBuilder();
            int variables = 0;
            for (String part : template.split("(?=\\{)|(?<=\\})")) {
                boolean variable = part.startsWith("{");
                variables += variable ? 1 : 0;
                regex.append(variable ? "[^/]+" : Pattern.quote(part));
            }
            return new Route(template, Pattern.compile(regex.toString()), variables);
        }
    }
}
