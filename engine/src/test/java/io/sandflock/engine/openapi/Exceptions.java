/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.openapi;

/**
 * Where the platform is not as its documents say; each with its reason. Error bodies (4xx, 5xx) are not held against the
 * documents at all: v0.190's file routes answer errors without a body, proxies answer what they like, and the control plane's
 * error bodies are in no document.
 */
final class Exceptions {

    private Exceptions() {}

    /** Routes that exist and are in no document. */
    static boolean isUndocumented(Recorded exchange) {
        return exchange.path().equals("/socket.io/")
                // Build logs are served by the proxy, under its own root.
                || exchange.path().matches("/(snapshots|sandboxes)/[^/]+/build-logs")
                // Of v0.190, dropped later in favour of upload-v2.
                || exchange.path().equals("/files/upload")
                // A preflight of a browser.
                || exchange.method().equals("OPTIONS");
    }

    /** Good answers of another form than documented. */
    static boolean isOtherAnswer(Recorded exchange) {
        boolean multipart = exchange.path().equals("/files/bulk-download");
        // An upgrade; and without one, plain text when the client sent no SDK version.
        boolean logs = exchange.path().endsWith("/logs");
        // The documents have void answers, real ones have bodies: {files: [...]}.
        boolean upload = exchange.path().equals("/files/bulk-upload");
        boolean range = exchange.path().equals("/files/download");
        // Without an SDK version in the request both streams are null, and the output is in one.
        boolean sessionExec = exchange.path().matches("/process/session/[^/]+/exec");
        return exchange.status() == 101 || sessionExec || multipart || logs || upload || range;
    }
}
