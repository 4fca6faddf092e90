/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.engine.local.http.Answers;
import io.sandflock.engine.local.http.HttpError;
import io.sandflock.engine.local.http.Json;
import io.sandflock.engine.local.session.LogEntry;
import io.sandflock.engine.local.session.LogFormat;
import io.sandflock.engine.local.session.Session;
import io.sandflock.engine.local.session.SessionCommand;
import io.sandflock.engine.local.session.Sessions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;

/** {@code /process/session}. */
final class SessionRoutes {

    private static final long MAX_COMMAND = 32L << 20;
    private static final long MAX_INPUT = 8L << 20;
    private static final long MAX_ID = 64L << 10;

    private final Map<String, Sessions> bySandbox = new ConcurrentHashMap<>();

    Mono<Void> forget(String sandboxId) {
        return Mono.defer(() -> {
            Sessions sessions = bySandbox.remove(sandboxId);
            return sessions == null ? Mono.empty() : sessions.deleteAll();
        });
    }

    Mono<Void> route(Call call) {
        Sessions sessions = bySandbox.computeIfAbsent(call.sandboxId(), id -> new Sessions());
        if (call.is("POST", "process", "session")) {
            return create(call, sessions);
        }
        if (call.is("GET", "process", "session")) {
            return call.json(200, list(sessions.all()));
        }
        if (call.is("POST", "process", "session", "*", "exec")) {
            return execute(call, sessions);
        }
        if (call.depth() == 3) {
            return one(call, sessions);
        }
        return call.depth() >= 5 && call.segment(3).equals("command")
                ? command(call, sessions)
                : ToolboxRoutes.unknown(call);
    }

    private static Mono<Void> create(Call call, Sessions sessions) {
        return call.body(MAX_ID)
                .map(body -> Fields.required(body, "sessionId"))
                .flatMap(id -> sessions.create(call.machine(), id))
                .then(call.empty(201));
    }

    private static ArrayNode list(List<Session> sessions) {
        ArrayNode list = Json.object().putArray("sessions");
        sessions.forEach(session -> list.add(body(session)));
        return list;
    }

    private static ObjectNode body(Session session) {
        ObjectNode body = Json.object().put("sessionId", session.id());
        ArrayNode commands = body.putArray("commands");
        session.commands().forEach(command -> commands.add(body(command)));
        return body;
    }

    private static ObjectNode body(SessionCommand command) {
        ObjectNode body = Json.object().put("id", command.id()).put("command", command.text());
        command.exitCode().ifPresent(code -> body.put("exitCode", code));
        return body;
    }

    private static Mono<Void> one(Call call, Sessions sessions) {
        return switch (call.method()) {
            case "GET" -> call.json(200, body(session(call, sessions)));
            case "DELETE" -> sessions.delete(session(call, sessions)).then(call.empty(204));
            default -> ToolboxRoutes.unknown(call);
        };
    }

    private static Session session(Call call, Sessions sessions) {
        return sessions.find(call.segment(2)).orElseThrow(() -> HttpError.notFound("session not found"));
    }

    private static Mono<Void> execute(Call call, Sessions sessions) {
        // v0.190 says 500 and not 404 here, and clients have come to know it.
        return call.body(MAX_COMMAND)
                .flatMap(body -> sessions.find(call.segment(2))
                        .map(session -> submit(call, session, body))
                        .orElseGet(() -> Mono.error(
                                HttpError.internal("failed to execute command: not found: session not found"))));
    }

    private static Mono<Void> submit(Call call, Session session, ObjectNode body) {
        String text = Fields.required(body, "command");
        boolean async = Fields.flag(body, "runAsync") || Fields.flag(body, "async");
        if (text.isBlank()) {
            throw HttpError.badRequest("command cannot be empty");
        }
        SessionCommand command = session.submit(Sessions.newId(), text, async, !Fields.flag(body, "suppressInputEcho"));
        return async
                ? call.json(202, Json.object().put("cmdId", command.id()))
                : command.ended().flatMap(code -> call.json(200, result(call, command, code)));
    }

    private static ObjectNode result(Call call, SessionCommand command, int exitCode) {
        ObjectNode body = Json.object().put("cmdId", command.id());
        output(body, LogFollow.format(call.request()), command.log().entries());
        return body.put("exitCode", exitCode);
    }

    private static ObjectNode output(ObjectNode body, LogFormat format, List<LogEntry> log) {
        boolean split = format == LogFormat.SPLIT;
        return body.put("output", format.output(log))
                .put("stdout", split ? LogFormat.stream(log, LogEntry.STDOUT) : null)
                .put("stderr", split ? LogFormat.stream(log, LogEntry.STDERR) : null);
    }

    private static Mono<Void> command(Call call, Sessions sessions) {
        Session session = session(call, sessions);
        SessionCommand command =
                session.command(call.segment(4)).orElseThrow(() -> HttpError.notFound("command not found"));
        if (call.is("GET", "process", "session", "*", "command", "*")) {
            return call.json(200, body(command));
        }
        if (call.is("GET", "process", "session", "*", "command", "*", "logs")) {
            return LogFollow.isUpgrade(call.request()) ? LogFollow.follow(call, session, command) : logs(call, command);
        }
        if (call.is("POST", "process", "session", "*", "command", "*", "input")) {
            return call.body(MAX_INPUT)
                    .map(body -> Fields.text(body, "data").orElse(""))
                    .flatMap(command::input)
                    .then(call.empty(204));
        }
        return ToolboxRoutes.unknown(call);
    }

    private static Mono<Void> logs(Call call, SessionCommand command) {
        LogFormat format = LogFollow.format(call.request());
        List<LogEntry> log = command.log().entries();
        return format == LogFormat.SPLIT
                ? call.json(200, output(Json.object(), format, log))
                : Answers.text(call.response(), 200, format.output(log));
    }
}
