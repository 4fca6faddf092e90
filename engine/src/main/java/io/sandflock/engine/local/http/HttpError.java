/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.http;

import java.util.Objects;

/** A request that is answered with an error status. Carries no stack trace: it is an answer, not a defect. */
public final class HttpError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    /**
     * @param status the HTTP status
     * @param code the machine-readable code, for example {@code BAD_REQUEST}
     * @param message said to the client
     */
    public HttpError(int status, String code, String message) {
        super(Objects.requireNonNull(message, "message"), null, false, false);
        this.status = status;
        this.code = Objects.requireNonNull(code, "code");
    }

    /** 400. */
    public static HttpError badRequest(String message) {
        return new HttpError(400, "BAD_REQUEST", message);
    }

    /** 404. */
    public static HttpError notFound(String message) {
        return new HttpError(404, "NOT_FOUND", message);
    }

    /** 409. */
    public static HttpError conflict(String message) {
        return new HttpError(409, "CONFLICT", message);
    }

    /** 413. */
    public static HttpError tooLarge(long limit) {
        return new HttpError(413, "REQUEST_TOO_LARGE", "request body is larger than " + limit + " bytes");
    }

    /** 500. */
    public static HttpError internal(String message) {
        return new HttpError(500, "INTERNAL_SERVER_ERROR", message);
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** The machine-readable code. */
    public String code() {
        return code;
    }

    /** What is said to the client. */
    public String text() {
        return Objects.requireNonNullElse(getMessage(), "");
    }
}
