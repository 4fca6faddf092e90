/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.LocalLimits;
import io.sandflock.engine.local.LocalOptions;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.http.RequestTarget;
import io.sandflock.engine.local.storage.ObjectStorage;
import io.sandflock.engine.local.toolbox.ToolboxRoutes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** What a bound server serves: made once its port, which its URLs have, is known. */
final class Site {

    /** Destroying is I/O of the substrate's; so many at a time at the close. */
    private static final int DESTROYED_AT_ONCE = 64;

    private static final List<String> SOCKET = List.of("socket.io", "");

    final SandboxTable table;
    final Counters counters;
    final SnapshotTable snapshots;

    private final int port;
    private final LocalOptions options;
    private final Gatekeeper gatekeeper;
    private final SandboxLife life;
    private final Builds builds;
    private final Disposable sweep;
    private final ApiRequests api;
    private final ToolboxMount toolboxes;
    private final EventSocket socket;
    private final ObjectStorage storage;
    private final BuildLogs buildLogs;

    Site(LocalOptions options, Gatekeeper gatekeeper, ObjectStorage storage, int port) {
        this.options = options;
        this.gatekeeper = gatekeeper;
        this.port = port;
        LocalLimits limits = options.limits();
        String origin = "http://127.0.0.1:" + port;
        String toolboxUrl = origin + "/toolbox";
        this.table = new SandboxTable(options.clock());
        this.counters = new Counters(table);
        Events events = new Events();
        SandboxJson json = new SandboxJson(table, toolboxUrl);
        this.builds = new Builds(options.substrate(), storage::context);
        ToolboxRoutes toolbox = new ToolboxRoutes();
        this.life = new SandboxLife(options.substrate(), builds, table, json, events, counters, toolbox::forget);
        this.snapshots = new SnapshotTable(options.snapshots(), options.clock(), origin);
        Routes routes = new Routes();
        new ConfigRoutes(table, snapshots, limits, origin).addTo(routes);
        new SandboxRoutes(table, life, json, snapshots, options.substrate(), limits, toolboxUrl).addTo(routes);
        new SnapshotRoutes(snapshots, builds, options.substrate(), table).addTo(routes);
        this.sweep = new IdleSweep(table, life).every(options.sweepEvery());
        this.storage = storage;
        routes.now(
                "GET",
                "/object-storage/push-access",
                "storage.access",
                Routes.Throttler.AUTHENTICATED,
                call -> Answer.ok(storage.access(origin)));
        this.buildLogs = new BuildLogs(gatekeeper, snapshots, table, builds);
        this.socket = new EventSocket(gatekeeper, events);
        this.toolboxes = new ToolboxMount(table, life, gatekeeper, counters, options.faults(), toolbox);
        this.api = new ApiRequests(
                routes,
                gatekeeper,
                new Throttle(limits.rates(), options.clock()),
                options.faults(),
                counters,
                limits.jsonBodyBytes(),
                options.clock());
    }

    /** Ends what happens by itself. */
    void close() {
        sweep.dispose();
        builds.close();
    }

    /** Destroys all sandboxes. */
    Mono<Void> destroyAll() {
        return Flux.defer(() -> Flux.fromIterable(List.copyOf(table.all())))
                .flatMap(life::destroyNow, DESTROYED_AT_ONCE, 1)
                .then();
    }

    Mono<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        return Mono.defer(() -> {
                    gatekeeper.checkHost(request.requestHeaders(), port);
                    return routed(request, response);
                })
                .onErrorResume(ApiException.class, refused -> refuse(request, response, refused.status(), refused))
                .onErrorResume(HttpError.class, refused -> refuse(request, response, refused.status(), refused));
    }

    private Mono<Void> routed(HttpServerRequest request, HttpServerResponse response) {
        String uri = request.uri();
        int query = uri.indexOf('?');
        List<String> segments =
                RequestTarget.of(query < 0 ? uri : uri.substring(0, query), "").segments();
        List<String> rest = segments.isEmpty() ? segments : segments.subList(1, segments.size());
        return switch (segments.isEmpty() ? "" : segments.get(0)) {
            case "api" -> rest.equals(SOCKET) ? socket.answer(request, response) : api.answer(rest, request, response);
            case "snapshots", "sandboxes" -> buildLogs.answer(segments, request, response);
            case ObjectStorage.MOUNT -> stored(rest, request, response);
            case "toolbox" -> toolboxes.answer(rest, request, response);
            default -> throw new ApiException(404, "Cannot " + request.method().name() + " " + uri);
        };
    }

    private Mono<Void> stored(List<String> rest, HttpServerRequest request, HttpServerResponse response) {
        String operation = "storage." + request.method().name().toLowerCase(Locale.ROOT);
        counters.count(operation, "");
        List<Fault> here = options.faults().next(operation, String.join("/", rest));
        if (here.isEmpty()) {
            return storage.answer(rest, request, response);
        }
        // What is left of the body may not be read: the connection cannot be used again.
        response.keepAlive(false);
        return Wire.withFaults(response, here, storage.done(rest, request).map(Answer::empty))
                .onErrorResume(ApiException.class, refused -> Mono.just(Answer.empty(refused.status())))
                .flatMap(answer -> Wire.send(response, answer, Map.of()));
    }

    private Mono<Void> refuse(HttpServerRequest request, HttpServerResponse response, int status, Throwable refused) {
        String message = String.valueOf(refused.getMessage());
        return Wire.send(
                response,
                Answer.error(status, message, request.uri(), options.clock().instant()),
                Map.of());
    }
}
