/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.daytona;

import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.platform.Toolbox;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The daemon in one sandbox. */
final class DaytonaToolbox implements Toolbox {

    /** Output is in the answer; the daemon has no bound of its own. */
    private static final long MAX_OUTPUT = 256L << 20;

    private final ToolboxHttp http;
    private final ToolboxSessions sessions;
    private final ToolboxTerminals terminals;
    private final ToolboxFiles files;

    DaytonaToolbox(ToolboxHttp http) {
        this.http = http;
        this.sessions = new ToolboxSessions(http);
        this.terminals = new ToolboxTerminals(http);
        this.files = new ToolboxFiles(http);
    }

    @Override
    public Mono<ExecuteReply> execute(ExecuteCall call) {
        return Mono.defer(() -> http.json(
                http.call(HttpMethod.POST, "/process/execute")
                        .within(call.answerWithin())
                        .atMost(MAX_OUTPUT)
                        .jsonWhenSent(() -> Execution.json(call)),
                Executed.class,
                Executed::toReply));
    }

    @Override
    public Mono<Void> createSession(String sessionId) {
        return sessions.create(sessionId);
    }

    @Override
    public Mono<String> executeAsync(String sessionId, String command) {
        return sessions.execute(sessionId, command);
    }

    @Override
    public Mono<SessionCommand> sessionCommand(String sessionId, String commandId) {
        return sessions.command(sessionId, commandId);
    }

    @Override
    public Flux<LogChunk> followLog(String sessionId, String commandId) {
        return sessions.follow(sessionId, commandId);
    }

    @Override
    public Mono<Void> sendInput(String sessionId, String commandId, String data) {
        return sessions.input(sessionId, commandId, data);
    }

    @Override
    public Mono<Void> deleteSession(String sessionId) {
        return sessions.delete(sessionId);
    }

    @Override
    public Flux<TerminalEvent> terminal(TerminalCall call, Publisher<ByteBuffer> input, Mono<Void> hangUp) {
        return terminals.open(call, input, hangUp);
    }

    @Override
    public Mono<Void> resizeTerminal(String id, int cols, int rows) {
        return terminals.resize(id, cols, rows);
    }

    @Override
    public Mono<Void> upload(List<Upload> uploads) {
        return files.upload(List.copyOf(uploads));
    }

    @Override
    public Flux<Download> download(List<String> paths, long limit) {
        return files.download(List.copyOf(paths), limit);
    }

    @Override
    public Flux<ByteBuffer> read(String path) {
        return files.read(path);
    }

    @Override
    public Mono<FileInfo> info(String path) {
        return files.info(path);
    }

    @Override
    public Flux<FileInfo> list(String path) {
        return files.list(path);
    }

    @Override
    public Mono<Void> createFolder(String path, String mode) {
        return files.createFolder(path, mode);
    }

    @Override
    public Mono<Void> delete(String path, boolean recursive) {
        return files.delete(path, recursive);
    }

    @Override
    public Mono<Void> setPermissions(
            String path, Optional<String> mode, Optional<String> owner, Optional<String> group) {
        return files.setPermissions(path, mode, owner, group);
    }

    @Override
    public Mono<String> workDir() {
        return http.json(http.call(HttpMethod.GET, "/work-dir"), Dir.class, Dir::required);
    }

    @Override
    public Mono<String> userHomeDir() {
        return http.json(http.call(HttpMethod.GET, "/user-home-dir"), Dir.class, Dir::required);
    }

    @Override
    public Mono<String> version() {
        return http.json(
                http.call(HttpMethod.GET, "/version"),
                Version.class,
                answer -> Json.required(answer.version(), "version"));
    }

    /** A request but for its command. */
    record Execution(
            @Nullable String cwd,
            @Nullable Map<String, String> envs,
            @Nullable Long timeout) {

        /** The whole request. */
        static byte[] json(ExecuteCall call) {
            return Json.encode("command", call.command().get(), of(call));
        }

        private static Execution of(ExecuteCall call) {
            return new Execution(
                    call.cwd().orElse(null),
                    call.env().isEmpty() ? null : call.env(),
                    // Zero would be no limit at all.
                    call.timeout()
                            .map(time -> Math.max(1, DaytonaSandboxes.ceiling(time, Duration.ofSeconds(1))))
                            .orElse(null));
        }

        /** Never the command or the variables. */
        @Override
        public String toString() {
            return "Execution";
        }
    }

    record Executed(@Nullable Integer exitCode, @Nullable String result) {
        ExecuteReply toReply() {
            return new ExecuteReply(Json.required(exitCode, "exitCode"), Objects.requireNonNullElse(result, ""));
        }
    }

    record Dir(@Nullable String dir) {
        String required() {
            return Json.required(dir, "dir");
        }
    }

    record Version(@Nullable String version) {}
}
