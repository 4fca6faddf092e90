/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.FileException;
import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.SpawnException;
import io.sandflock.engine.local.http.Answers;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.http.Json;
import io.sandflock.engine.local.http.RequestTarget;
import java.time.Instant;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * The toolbox of every sandbox: what Daytona's daemon of v0.190 answers below {@code /toolbox/{sandboxId}}. The caller has checked
 * the key, found the machine and stripped the prefix. Thread-safe; nothing blocks.
 *
 * <p>Sessions live in this object, by sandbox, until {@link #forget}.
 */
public final class ToolboxRoutes {

    /** The daemon that this one answers as. */
    public static final String VERSION = "0.190.0";

    private static final Logger LOG = LoggerFactory.getLogger("sandflock.local.toolbox");

    private final ExecuteRoute execute = new ExecuteRoute();
    private final SessionRoutes sessions = new SessionRoutes();
    private final PtyRoutes ptys = new PtyRoutes();

    /** Without sessions and terminals. */
    public ToolboxRoutes() {}

    /**
     * Answers one request. Cold. Errors only when the answer had begun: the connection is then to be broken off.
     *
     * @param sandboxId the sandbox's id
     * @param machine its machine, running
     * @param subPath the path below the sandbox's toolbox as it was sent: not decoded, without the query
     */
    public Publisher<Void> handle(
            String sandboxId, Machine machine, String subPath, HttpServerRequest request, HttpServerResponse response) {
        return Mono.defer(() -> route(new Call(sandboxId, machine, target(subPath, request), request, response)))
                .onErrorResume(e -> answer(e, subPath, request, response));
    }

    /**
     * Drops a sandbox's sessions and terminals and kills their shells. To be called when the machine was stopped or is about to be destroyed; completes
     * when there are none.
     */
    public Mono<Void> forget(String sandboxId) {
        return Mono.when(sessions.forget(sandboxId), ptys.forget(sandboxId));
    }

    private static RequestTarget target(String subPath, HttpServerRequest request) {
        int question = request.uri().indexOf('?');
        return RequestTarget.of(subPath, question < 0 ? "" : request.uri().substring(question + 1));
    }

    private Mono<Void> route(Call call) {
        return switch (call.depth() == 0 ? "" : call.segment(0)) {
            case "process" -> process(call);
            case "files" -> FileRoutes.route(call);
            case "port" -> PortRoutes.route(call);
            case "version" -> fact(call, "version", VERSION);
            case "work-dir" -> fact(call, "dir", call.machine().workDir());
            case "user-home-dir" -> fact(call, "dir", call.machine().homeDir());
            default -> unknown(call);
        };
    }

    private Mono<Void> process(Call call) {
        if (call.is("POST", "process", "execute")) {
            return execute.execute(call);
        }
        return switch (call.depth() < 2 ? "" : call.segment(1)) {
            case "session" -> sessions.route(call);
            case "pty" -> ptys.route(call);
            default -> unknown(call);
        };
    }

    private static Mono<Void> fact(Call call, String name, String value) {
        return call.is("GET", call.segment(0)) ? call.json(200, Json.object().put(name, value)) : unknown(call);
    }

    static Mono<Void> unknown(Call call) {
        return Mono.error(() -> HttpError.notFound("the toolbox has no " + call.method() + " "
                + String.join("/", call.target().segments())));
    }

    private static Mono<Void> answer(
            Throwable error, String subPath, HttpServerRequest request, HttpServerResponse response) {
        if (error instanceof AbortedException) {
            // Whoever asked is gone: there is nobody to answer, and nothing went wrong here.
            return Mono.empty();
        }
        if (response.hasSentHeaders()) {
            return Mono.error(error);
        }
        if (error instanceof FileException file) {
            return Answers.empty(response, FileRoutes.status(file.errno()));
        }
        HttpError answer = answerOf(error);
        ObjectNode body = Json.object()
                .put("statusCode", answer.status())
                .put("message", answer.text())
                .put("code", answer.code())
                .put("timestamp", Instant.now().toString())
                .put("path", subPath)
                .put("method", request.method().name());
        if (answer.status() == 413) {
            // What is left of a body that is far too long is not read: the connection cannot be used again.
            response.keepAlive(false);
        }
        return Answers.json(response, answer.status(), body);
    }

    private static HttpError answerOf(Throwable error) {
        if (error instanceof HttpError answer) {
            return answer;
        }
        if (error instanceof SpawnException) {
            return HttpError.internal("a helper process could not be started: " + error.getMessage());
        }
        LOG.error("a toolbox request failed", error);
        return HttpError.internal("internal error: " + error.getClass().getSimpleName());
    }
}
