/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.storage;

import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Checks AWS Signature Version 4 in the {@code Authorization} header. Hashes bodies: not for an event loop. */
final class Signature {

    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String UNSIGNED = "UNSIGNED-PAYLOAD";
    private static final Duration SKEW = Duration.ofMinutes(15);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssX").withZone(ZoneOffset.UTC);
    private static final Pattern HEADER = Pattern.compile(ALGORITHM
            + " Credential=([^/,\\s]+)/(\\d{8})/([^/,\\s]+)/s3/aws4_request, ?"
            + "SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})");

    private final String accessKey;
    private final String secret;
    private final String token;

    Signature(String accessKey, String secret, String token) {
        this.accessKey = accessKey;
        this.secret = secret;
        this.token = token;
    }

    /**
     * Refuses a request that is not signed with our key and secret, is too old, or has another body than it says.
     *
     * @param path as it was sent
     * @param query as it was sent
     */
    void check(String method, String path, String query, HttpHeaders headers, byte[] body, Instant now) {
        Matcher given = HEADER.matcher(headers.get("Authorization", ""));
        if (!given.matches() || !same(given.group(1), accessKey)) {
            throw Refusal.denied("the request is not signed with an access key of this storage");
        }
        List<String> signed = List.of(given.group(4).split(";"));
        if (!signed.containsAll(List.of("host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"))) {
            throw Refusal.denied("host, x-amz-date, x-amz-content-sha256 and x-amz-security-token must be signed");
        }
        if (!same(headers.get("x-amz-security-token", ""), token)) {
            throw new Refusal(403, "InvalidToken", "the session token is not valid");
        }
        String time = headers.get("x-amz-date", "");
        checkTime(time, given.group(2), now);
        String payload = headers.get("x-amz-content-sha256", "");
        if (!payload.equals(UNSIGNED) && !payload.equals(hex(sha256(body)))) {
            throw new Refusal(400, "XAmzContentSHA256Mismatch", "the body is not the one that was signed");
        }
        String request = String.join(
                "\n",
                method,
                path,
                canonical(query),
                signed.stream()
                        .map(name -> name + ":" + value(headers, name) + "\n")
                        .collect(Collectors.joining()),
                given.group(4),
                payload);
        String scope = given.group(2) + "/" + given.group(3) + "/s3/aws4_request";
        String text = String.join("\n", ALGORITHM, time, scope, hex(sha256(bytes(request))));
        byte[] key =
                hmac(hmac(hmac(hmac(bytes("AWS4" + secret), given.group(2)), given.group(3)), "s3"), "aws4_request");
        if (!same(hex(hmac(key, text)), given.group(5))) {
            throw new Refusal(403, "SignatureDoesNotMatch", "the signature does not match");
        }
    }

    private static void checkTime(String time, String day, Instant now) {
        try {
            Instant at = TIME.parse(time, Instant::from);
            if (time.startsWith(day) && Duration.between(at, now).abs().compareTo(SKEW) <= 0) {
                return;
            }
        } catch (DateTimeException e) {
            // Falls through: no time is as wrong as another time.
        }
        throw new Refusal(403, "RequestTimeTooSkewed", "x-amz-date must be within 15 minutes of the server's time");
    }

    private static String canonical(String query) {
        return query.isEmpty()
                ? ""
                : Arrays.stream(query.split("&"))
                        .map(part -> part.contains("=") ? part : part + "=")
                        .sorted()
                        .collect(Collectors.joining("&"));
    }

    private static String value(HttpHeaders headers, String name) {
        return String.join(",", headers.getAll(name)).strip().replaceAll(" +", " ");
    }

    private static boolean same(String a, String b) {
        return MessageDigest.isEqual(bytes(a), bytes(b));
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return Objects.requireNonNull(mac.doFinal(bytes(text)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
