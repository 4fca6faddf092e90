/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.sandflock.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Who may come in. */
final class Gatekeeper {

    private static final String BEARER = "bearer ";

    private final byte[] key;

    Gatekeeper(Secret key) {
        this.key = key.reveal().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Refuses requests that name another host than loopback: a web page whose name was pointed at 127.0.0.1 after it was loaded sends
     * its own name here.
     */
    void checkHost(HttpHeaders headers, int port) {
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() != 1) {
            throw ApiException.badRequest("exactly one Host header is needed");
        }
        String host = hosts.get(0).toLowerCase(Locale.ROOT);
        String suffix = ":" + port;
        String name = host.endsWith(suffix) ? host.substring(0, host.length() - suffix.length()) : host;
        if (!name.equals("127.0.0.1") && !name.equals("localhost") && !name.equals("[::1]")) {
            throw new ApiException(403, "the Host header must name 127.0.0.1" + suffix + " or localhost" + suffix);
        }
    }

    /** Refuses requests without the key, and those for another organization. */
    void checkKey(HttpHeaders headers) {
        String given = Optional.ofNullable(headers.get(HttpHeaderNames.AUTHORIZATION))
                .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                .map(value -> value.substring(BEARER.length()).strip())
                .orElse("");
        if (!isKey(given)) {
            throw new ApiException(401, "Invalid credentials");
        }
        String organization = headers.get("X-Daytona-Organization-ID");
        if (organization != null && !organization.equals(SandboxJson.ORGANIZATION)) {
            throw new ApiException(403, "The API key belongs to another organization");
        }
    }

    /** Compares in a time that does not tell how much was right. */
    boolean isKey(String given) {
        return MessageDigest.isEqual(key, given.getBytes(StandardCharsets.UTF_8));
    }
}
