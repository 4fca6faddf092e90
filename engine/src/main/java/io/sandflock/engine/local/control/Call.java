/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.JsonNode;
import io.sandflock.engine.local.Fault;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request to a route.
 *
 * @param path undecoded, without query
 * @param params by name of the route's variable
 * @param query decoded
 * @param body missing when there was none
 * @param faults what goes wrong here
 */
record Call(
        String path, Map<String, String> params, Map<String, List<String>> query, JsonNode body, List<Fault> faults) {

    String param(String name) {
        String value = params.get(name);
        if (value == null) {
            throw new IllegalStateException("the route has no {" + name + "}");
        }
        return value;
    }

    /** A parameter of the query; the first of several. */
    Optional<String> query(String name) {
        List<String> values = query.getOrDefault(name, List.of());
        return values.isEmpty() || values.get(0).isEmpty() ? Optional.empty() : Optional.of(values.get(0));
    }

    /** All values of a parameter that can be repeated, also in the form {@code name[]}. */
    List<String> queries(String name) {
        List<String> plain = query.getOrDefault(name, List.of());
        return plain.isEmpty() ? query.getOrDefault(name + "[]", List.of()) : plain;
    }

    int number(String name, int least, int most, int otherwise) {
        Optional<String> text = query(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        return number(name, text.get(), least, most);
    }

    static int number(String name, String text, int least, int most) {
        int value;
        try {
            value = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw ApiException.badRequest(name + " must be an integer number");
        }
        if (value < least) {
            throw ApiException.badRequest(name + " must not be less than " + least);
        }
        if (value > most) {
            throw ApiException.badRequest(name + " must not be greater than " + most);
        }
        return value;
    }

    boolean flag(String name) {
        return query(name).filter("true"::equals).isPresent();
    }
}
