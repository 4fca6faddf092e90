/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.testing;

import io.sandflock.engine.local.Exchange;
import io.sandflock.engine.openapi.OpenApi;
import io.sandflock.engine.openapi.Recorded;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Holds exchanges with the embedded platform against Daytona's OpenAPI documents, where these are. */
public final class Documented {

    private static final Optional<OpenApi.Documents> DOCUMENTS = OpenApi.find();
    private static final Pattern API = Pattern.compile("/api(/.*)");
    private static final Pattern TOOLBOX = Pattern.compile("/toolbox/[^/]+(/.*)");

    private Documented() {}

    /** What in them the documents do not allow; empty when the documents are not there. */
    public static List<String> violations(Collection<Exchange> exchanges) {
        return DOCUMENTS
                .map(documents -> exchanges.stream()
                        .flatMap(exchange -> violations(documents, exchange).stream())
                        .distinct()
                        .toList())
                .orElse(List.of());
    }

    private static List<String> violations(OpenApi.Documents documents, Exchange exchange) {
        Matcher api = API.matcher(exchange.path());
        if (api.matches()) {
            return documents.controlPlane().violations(recorded(exchange, api.group(1)));
        }
        Matcher toolbox = TOOLBOX.matcher(exchange.path());
        return toolbox.matches() ? documents.toolbox().violations(recorded(exchange, toolbox.group(1))) : List.of();
    }

    private static Recorded recorded(Exchange exchange, String path) {
        return new Recorded(
                exchange.method(),
                path,
                exchange.query(),
                exchange.requestType(),
                exchange.requestBody(),
                exchange.status(),
                exchange.responseType(),
                exchange.responseBody());
    }
}
