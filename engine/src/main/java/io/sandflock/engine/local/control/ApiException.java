/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import java.util.Map;

/** A request that is answered with an error. */
final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Map<String, String> headers;

    ApiException(int status, String message) {
        this(status, message, Map.of());
    }

    ApiException(int status, String message, Map<String, String> headers) {
        // An answer, not a defect: the stack trace says nothing and costs much when thousands are refused.
        super(message, null, false, false);
        this.status = status;
        this.headers = headers;
    }

    static ApiException badRequest(String message) {
        return new ApiException(400, message);
    }

    static ApiException unknownSandbox(String idOrName) {
        return new ApiException(404, "Sandbox with ID or name " + idOrName + " not found");
    }

    static ApiException changing() {
        return new ApiException(409, "Sandbox state change in progress");
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }
}
