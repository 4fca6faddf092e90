/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import io.sandflock.engine.local.Machine;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** The toolbox of one machine on loopback, as the control plane serves it. */
final class ToolboxServer implements AutoCloseable {

    private static final String PREFIX = "/toolbox/box";

    private final ToolboxRoutes routes = new ToolboxRoutes();
    private final DisposableServer server;

    ToolboxServer(Machine machine) {
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> {
                    String path = request.uri().replaceFirst("\\?.*", "");
                    return path.startsWith(PREFIX)
                                    && "Bearer key"
                                            .equals(request.requestHeaders().get("Authorization"))
                            ? routes.handle("box", machine, path.substring(PREFIX.length()), request, response)
                            : Mono.from(response.status(401).send());
                })
                .bindNow();
    }

    ToolboxClient client() {
        return new ToolboxClient("http://127.0.0.1:" + server.port() + PREFIX, "key");
    }

    @Override
    public void close() {
        routes.forget("box").block(Duration.ofSeconds(30));
        server.disposeNow();
    }
}
