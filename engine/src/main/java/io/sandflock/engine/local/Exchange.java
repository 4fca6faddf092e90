/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local;

import java.util.Set;

/**
 * A request and its answer, as they were on the wire. Bodies are cut at {@link LocalLimits#recordedBodyBytes()}.
 *
 * @param method upper case
 * @param path decoded by nobody, without the query
 * @param query what follows the {@code ?}; empty when there is none
 * @param headerNames names of the request's headers, lower case; never their values, which can be secret
 * @param requestType content type of the request; empty when there is none
 * @param requestBody bytes
 * @param status of the answer
 * @param responseType content type of the answer; empty when there is none
 * @param responseBody bytes
 */
public record Exchange(
        String method,
        String path,
        String query,
        Set<String> headerNames,
        String requestType,
        byte[] requestBody,
        int status,
        String responseType,
        byte[] responseBody) {

    /** Copies the names. */
    public Exchange {
        headerNames = Set.copyOf(headerNames);
    }

    /** Never the bodies. */
    @Override
    public String toString() {
        return method + " " + path + " -> " + status;
    }
}
