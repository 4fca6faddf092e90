/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.platform;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The daemon in one sandbox. A sandbox that is gone or not started is signalled as
 * {@link io.sandflock.SandboxUnavailableException} where the answer says so; an empty 502 is
 * {@link io.sandflock.ErrorCode#PLATFORM_ERROR}, and the caller asks for the sandbox's state.
 */
public interface Toolbox {

    /**
     * Runs a shell command: its text is the shell's standard input, both streams are merged. <strong>May run twice</strong> when
     * a proxy replays the request. Ends with {@link io.sandflock.ErrorCode#TIMEOUT} when the server's timeout fired.
     */
    Mono<ExecuteReply> execute(ExecuteCall call);

    /** Opens a session, a shell that keeps its state; {@code CONFLICT} when the id exists. */
    Mono<Void> createSession(String sessionId);

    /** Runs a command in a session without waiting. Must be wrapped in a subshell: {@code exit} kills the session. */
    Mono<String> executeAsync(String sessionId, String command);

    /** A session's command; {@code exitCode} is empty while it runs. */
    Mono<SessionCommand> sessionCommand(String sessionId, String commandId);

    /** The command's log from its start, then as it grows, over a WebSocket with keep-alive pings. */
    Flux<LogChunk> followLog(String sessionId, String commandId);

    /** Writes {@code data} and a newline to the command's standard input. */
    Mono<Void> sendInput(String sessionId, String commandId, String data);

    /** Ends a session and what runs in it. Completes when there is no such session. */
    Mono<Void> deleteSession(String sessionId);

    /**
     * Opens a terminal with the user's login shell, connects to it, and deletes it whatever happens, on cancel too. Cold; each subscription
     * needs an id of its own.
     *
     * @param input what is typed; its end means nothing
     * @param hangUp ends the terminal when it completes. Unlike after a cancel, the end of what is returned then waits until the terminal
     *     is deleted
     * @return what the terminal shows, and at last how the shell ended
     */
    Flux<TerminalEvent> terminal(TerminalCall call, Publisher<ByteBuffer> input, Mono<Void> hangUp);

    /** Changes the size of a terminal that is open. */
    Mono<Void> resizeTerminal(String id, int cols, int rows);

    /** Writes files in one request, parents created. */
    Mono<Void> upload(List<Upload> files);

    /**
     * Reads files in one request. For each path one {@link Download}, in the platform's order; a path that cannot be read is an
     * error in its own {@link Download#result()}, and the flux goes on.
     *
     * @param limit bytes per file; a larger one is a {@link io.sandflock.LimitExceededException}
     */
    Flux<Download> download(List<String> paths, long limit);

    /**
     * A regular file's bytes as they are asked for. Whoever asks for none for longer than an answer may take loses the connection. Errors in
     * the midst rather than end early when the connection breaks.
     */
    Flux<ByteBuffer> read(String path);

    /** What is at a path, symbolic links followed. */
    Mono<FileInfo> info(String path);

    /** A directory's entries. */
    Flux<FileInfo> list(String path);

    /**
     * Creates a directory and its parents; completes when it exists.
     *
     * @param mode octal, for example {@code 0755}
     */
    Mono<Void> createFolder(String path, String mode);

    /** Deletes a file, or with {@code recursive} a directory. */
    Mono<Void> delete(String path, boolean recursive);

    /** Changes what is given. */
    Mono<Void> setPermissions(String path, Optional<String> mode, Optional<String> owner, Optional<String> group);

    /** The daemon's working directory. */
    Mono<String> workDir();

    /** The user's home directory. */
    Mono<String> userHomeDir();

    /** The daemon's version. */
    Mono<String> version();

    /**
     * @param command the shell's standard input; not blank. Asked for, the same each time, when it is sent: so it is not in memory while
     *     the answer is awaited
     * @param timeout enforced by the server by killing the process group, whole seconds, rounded up; all output is then lost
     * @param answerWithin how long to wait for the answer; longer than {@code timeout}
     */
    record ExecuteCall(
            Supplier<CommandText> command,
            Optional<String> cwd,
            Map<String, String> env,
            Optional<Duration> timeout,
            Duration answerWithin) {

        /** Copies the variables. */
        public ExecuteCall {
            env = Map.copyOf(env);
        }

        /** Never the command or the variables. */
        @Override
        public String toString() {
            return "ExecuteCall[within " + answerWithin + "]";
        }
    }

    /** @param exitCode -1 when the shell was killed or not started */
    record ExecuteReply(int exitCode, String result) {}

    /** A command of a session. */
    record SessionCommand(String id, OptionalInt exitCode) {}

    /**
     * @param id ours, and nobody else's in the sandbox
     * @param cols 1 to 1000
     * @param rows 1 to 1000
     */
    record TerminalCall(String id, Optional<String> cwd, Map<String, String> env, int cols, int rows) {

        /** Copies the variables. */
        public TerminalCall {
            env = Map.copyOf(env);
        }

        /** Never the variables. */
        @Override
        public String toString() {
            return "TerminalCall[" + id + "]";
        }
    }

    /** What comes from a terminal. */
    sealed interface TerminalEvent {

        /** Bytes for the screen. */
        record Output(byte[] bytes) implements TerminalEvent {
            /** The size only. */
            @Override
            public String toString() {
                return "Output[" + bytes.length + "]";
            }
        }

        /**
         * The end.
         *
         * @param exitCode the shell's, 128 + signal after a signal; -1 when it is not known
         */
        record Exited(int exitCode) implements TerminalEvent {}
    }

    /** A piece of a session's log. */
    record LogChunk(boolean stderr, byte[] bytes) {}

    /**
     * @param content subscribed to once for each request
     * @param size its exact size in bytes
     */
    record Upload(String path, Publisher<ByteBuffer> content, long size) {}

    /** @param result the file's bytes, or why it could not be read */
    record Download(String path, Mono<byte[]> result) {}

    /**
     * @param mode as in {@code ls -l}
     * @param permissions octal
     */
    record FileInfo(
            String name,
            long size,
            String mode,
            String permissions,
            boolean isDirectory,
            String owner,
            String group,
            Optional<Instant> modifiedAt) {}
}
