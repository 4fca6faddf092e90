/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request's path and query, each part decoded exactly once. {@code %2F} is a character of its segment and never a separator,
 * {@code //} has an empty segment between, {@code .} and {@code ..} stay what they are and match no route, {@code +} is a blank in
 * the query alone. What does not decode to UTF-8 is a 400.
 *
 * @param segments the path's decoded segments; {@code /} has none
 * @param query the decoded parameters; the first of several of one name
 */
public record RequestTarget(List<String> segments, Map<String, String> query) {

    private static final int MAX_LENGTH = 16 * 1024;
    private static final int MAX_PARAMETERS = 64;

    /** Copies. */
    public RequestTarget {
        segments = List.copyOf(segments);
        query = Map.copyOf(query);
    }

    /** Of a request's URI as it was sent: {@code /path?query}, or in absolute form. */
    public static RequestTarget of(String uri) {
        int question = uri.indexOf('?');
        String path = question < 0 ? uri : uri.substring(0, question);
        int scheme = path.indexOf("://");
        if (scheme >= 0 && !path.startsWith("/")) {
            int slash = path.indexOf('/', scheme + 3);
            path = slash < 0 ? "/" : path.substring(slash);
        }
        return of(path, question < 0 ? "" : uri.substring(question + 1));
    }

    /** Of a path and a query as they were sent, not decoded. */
    public static RequestTarget of(String rawPath, String rawQuery) {
        if ((long) rawPath.length() + rawQuery.length() > MAX_LENGTH) {
            throw new HttpError(414, "URI_TOO_LONG", "the request's URI is longer than " + MAX_LENGTH + " characters");
        }
        return new RequestTarget(segmentsOf(rawPath), queryOf(rawQuery));
    }

    private static List<String> segmentsOf(String rawPath) {
        String path = rawPath.startsWith("/") ? rawPath.substring(1) : rawPath;
        if (path.isEmpty()) {
            return List.of();
        }
        List<String> segments = new ArrayList<>();
        for (String segment : path.split("/", -1)) {
            segments.add(decode(segment, false));
        }
        return segments;
    }

    private static Map<String, String> queryOf(String rawQuery) {
        Map<String, String> query = new LinkedHashMap<>();
        for (String parameter : rawQuery.split("&", MAX_PARAMETERS + 1)) {
            if (query.size() == MAX_PARAMETERS) {
                throw HttpError.badRequest("more than " + MAX_PARAMETERS + " query parameters");
            }
            int equals = parameter.indexOf('=');
            String name = decode(equals < 0 ? parameter : parameter.substring(0, equals), true);
            if (!name.isEmpty()) {
                query.putIfAbsent(name, equals < 0 ? "" : decode(parameter.substring(equals + 1), true));
            }
        }
        return query;
    }

    /** A parameter that is there and not empty. */
    public Optional<String> parameter(String name) {
        return Optional.ofNullable(query.get(name)).filter(value -> !value.isEmpty());
    }

    /** A parameter that must be there; 400 otherwise. */
    public String required(String name) {
        return parameter(name).orElseThrow(() -> HttpError.badRequest(name + " is required"));
    }

    /** Whether a parameter is {@code true}, {@code 1} or {@code t}, as Go's {@code ParseBool} has it. */
    public boolean flag(String name) {
        return switch (query.getOrDefault(name, "")) {
            case "1", "t", "T", "true", "TRUE", "True" -> true;
            default -> false;
        };
    }

    private static String decode(String raw, boolean plusIsBlank) {
        byte[] source = raw.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(source.length);
        for (int i = 0; i < source.length; i++) {
            if (source[i] == '%') {
                out.write(hex(source, i + 1) << 4 | hex(source, i + 2));
                i += 2;
            } else {
                out.write(plusIsBlank && source[i] == '+' ? ' ' : source[i]);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(out.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw HttpError.badRequest("the request's URI is not UTF-8");
        }
    }

    private static int hex(byte[] source, int index) {
        int digit = index < source.length ? Character.digit(source[index], 16) : -1;
        if (digit < 0) {
            throw HttpError.badRequest("the request's URI has a % that two hexadecimal digits do not follow");
        }
        return digit;
    }
}
