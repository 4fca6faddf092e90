/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock;

import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Where an error happened. Every component is {@code null} when it does not apply; {@code httpStatus} is 0 then.
 *
 * @param sampleId the sample's id, as in the dataset
 * @param sandbox the sandbox's id, or its name when the id is not known
 * @param requestId the id of the platform's request, for its support
 * @param request method and path, without query values
 * @param httpStatus the HTTP status, or 0
 */
public record ErrorContext(
        @Nullable String sampleId,
        @Nullable String sandbox,
        @Nullable String requestId,
        @Nullable String request,
        int httpStatus) {

    /** Nothing is known. */
    public static final ErrorContext NONE = new ErrorContext(null, null, null, null, 0);

    /** The context of a call to the platform. */
    public static ErrorContext ofRequest(String request, int httpStatus, @Nullable String requestId) {
        return new ErrorContext(null, null, requestId, request, httpStatus);
    }

    /** This context with a sample's id. */
    public ErrorContext withSample(String id) {
        return new ErrorContext(id, sandbox, requestId, request, httpStatus);
    }

    /** This context with a sandbox's id or name. */
    public ErrorContext withSandbox(String idOrName) {
        return new ErrorContext(sampleId, idOrName, requestId, request, httpStatus);
    }

    /** {@code [sample x, sandbox y, GET /z, status 400, request r]} without what is not known; empty when nothing is. */
    @Override
    public String toString() {
        StringJoiner parts = new StringJoiner(", ", " [", "]").setEmptyValue("");
        if (sampleId != null) {
            parts.add("sample " + sampleId);
        }
        if (sandbox != null) {
            parts.add("sandbox " + sandbox);
        }
        if (request != null) {
            parts.add(request);
        }
        if (httpStatus != 0) {
            parts.add("status " + httpStatus);
        }
        if (requestId != null) {
            parts.add("request " + requestId);
        }
        return parts.toString();
    }
}
