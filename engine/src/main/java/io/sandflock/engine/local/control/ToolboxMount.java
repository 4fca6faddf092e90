/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.control;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.engine.local.Fault;
import io.sandflock.engine.local.Faults;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.http.Answers;
import io.sandflock.engine.local.http.Json;
import io.sandflock.engine.local.toolbox.ToolboxRoutes;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** What stands before the toolboxes, as the hosted platform's proxy: key, sandbox, state, activity, and the proxy's own errors. */
final class ToolboxMount {

    private static final String SKIP_ACTIVITY = "X-Daytona-Skip-Last-Activity-Update";

    private final SandboxTable table;
    private final SandboxLife life;
    private final Gatekeeper gatekeeper;
    private final Counters counters;
    private final Faults faults;
    private final ToolboxRoutes toolbox;

    ToolboxMount(
            SandboxTable table,
            SandboxLife life,
            Gatekeeper gatekeeper,
            Counters counters,
            Faults faults,
            ToolboxRoutes toolbox) {
        this.table = table;
        this.life = life;
        this.gatekeeper = gatekeeper;
        this.counters = counters;
        this.faults = faults;
        this.toolbox = toolbox;
    }

    /**
     * Answers a request below {@code /toolbox}.
     *
     * @param segments decoded, the first being the sandbox's id
     */
    Mono<Void> answer(List<String> segments, HttpServerRequest request, HttpServerResponse response) {
        return Mono.defer(() -> proxied(segments, request, response))
                .onErrorResume(ApiException.class, refused -> refuse(refused, request, response));
    }

    private Mono<Void> proxied(List<String> segments, HttpServerRequest request, HttpServerResponse response) {
        gatekeeper.checkKey(request.requestHeaders());
        String id = segments.isEmpty() ? "" : segments.get(0);
        SandboxRow row = table.byId(id)
                .orElseThrow(() -> new ApiException(404, "sandbox container not found for sandbox " + id));
        counters.count("toolbox", id);
        Mono<Void> answer = used(row, request, Mono.defer(() -> handled(row, request, response)));
        for (Fault fault : faults.next("toolbox", id)) {
            answer = withFault(fault, row, response, answer);
        }
        return answer;
    }

    private Mono<Void> handled(SandboxRow row, HttpServerRequest request, HttpServerResponse response) {
        Machine machine = row.machine;
        SandboxRow.Oddity oddity = row.oddity;
        boolean dead = oddity != null && oddity.daemonDead;
        if (row.state != State.STARTED || machine == null || dead) {
            throw ApiException.badRequest("bad request: no IP address found. Is the Sandbox started?");
        }
        return Mono.from(toolbox.handle(row.id, machine, subPath(request), request, response));
    }

    /** A sandbox is in use from a request's first byte to its answer's last. */
    private Mono<Void> used(SandboxRow row, HttpServerRequest request, Mono<Void> answer) {
        if ("true".equals(request.requestHeaders().get(SKIP_ACTIVITY))) {
            return answer;
        }
        return Mono.defer(() -> {
            row.activeAt = table.now();
            row.inUse.incrementAndGet();
            return answer.doFinally(signal -> {
                row.inUse.decrementAndGet();
                row.activeAt = table.now();
            });
        });
    }

    private Mono<Void> withFault(Fault fault, SandboxRow row, HttpServerResponse response, Mono<Void> answer) {
        if (fault instanceof Fault.SlowAnswer slow) {
            return Mono.delay(slow.delay()).then(answer);
        }
        if (fault instanceof Fault.Refusal refusal) {
            return Mono.error(() -> new ApiException(refusal.status(), refusal.message(), refusal.headers()));
        }
        if (fault instanceof Fault.DaemonDeath death) {
            return Mono.defer(() -> died(row, death.untilStopped(), response));
        }
        if (fault instanceof Fault.BadGateway gateway) {
            return gateway.committed()
                    ? lost(response, LostAnswer.Instead.BAD_GATEWAY, answer)
                    : Answers.empty(response, 502);
        }
        if (fault instanceof Fault.Reset reset) {
            return reset.committed()
                    ? lost(response, LostAnswer.Instead.RESET, answer)
                    : Wire.reset(response).then();
        }
        if (fault instanceof Fault.NoAnswer none) {
            return none.committed() ? lost(response, LostAnswer.Instead.NOTHING, answer) : Mono.never();
        }
        return answer;
    }

    private Mono<Void> died(SandboxRow row, Duration untilStopped, HttpServerResponse response) {
        life.daemonDied(row, untilStopped);
        return Answers.empty(response, 502);
    }

    /** The command runs and its output is written, and none of it arrives. */
    private static Mono<Void> lost(HttpServerResponse response, LostAnswer.Instead instead, Mono<Void> answer) {
        return Mono.<Void>fromRunnable(
                        () -> response.withConnection(connection -> LostAnswer.on(connection.channel(), instead)))
                .then(answer);
    }

    private Mono<Void> refuse(ApiException refused, HttpServerRequest request, HttpServerResponse response) {
        int status = refused.status();
        ObjectNode body = Json.object()
                .put("statusCode", status)
                .put("message", String.valueOf(refused.getMessage()))
                .put(
                        "code",
                        io.netty.handler.codec.http.HttpResponseStatus.valueOf(status)
                                .reasonPhrase()
                                .toUpperCase(Locale.ROOT)
                                .replace(' ', '_'))
                .put("source", "DAYTONA_PROXY")
                .put("timestamp", table.now().toString())
                .put("path", path(request))
                .put("method", request.method().name());
        refused.headers().forEach(response::header);
        // What is left of the request's body is not read: the connection cannot be used again.
        response.keepAlive(request.requestHeaders().contains("Content-Length", "0", false)
                || request.method().name().equals("GET"));
        return Answers.json(response, status, body);
    }

    private static String path(HttpServerRequest request) {
        String uri = request.uri();
        int query = uri.indexOf('?');
        return query < 0 ? uri : uri.substring(0, query);
    }

    /** What follows {@code /toolbox/{id}}, as it was sent. */
    private static String subPath(HttpServerRequest request) {
        String path = path(request);
        int afterMount = path.indexOf('/', 1);
        int afterId = path.indexOf('/', afterMount + 1);
        return afterId < 0 ? "/" : path.substring(afterId);
    }
}
