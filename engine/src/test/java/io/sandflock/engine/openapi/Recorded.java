/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.openapi;

/**
 * A request and its answer.
 *
 * @param method upper case
 * @param path without the API's base ({@code /sandbox/x}) or the toolbox's ({@code /files/info}), percent-encoded
 * @param query without the question mark; may be empty
 * @param requestType content type; may be empty
 * @param requestBody may be empty
 * @param responseType content type; may be empty
 * @param responseBody may be empty
 */
public record Recorded(
        String method,
        String path,
        String query,
        String requestType,
        byte[] requestBody,
        int status,
        String responseType,
        byte[] responseBody) {

    @Override
    public String toString() {
        return method + " " + path + " -> " + status;
    }
}
