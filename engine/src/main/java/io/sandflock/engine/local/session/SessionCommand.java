/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.session;

import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.http.HttpError;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A command of a session. */
public final class SessionCommand {

    private final String id;
    private final String text;
    private final boolean async;
    private final boolean echo;
    private final CommandLog log;
    /** The process that carries the command's streams; it feeds what is written to it to the command. */
    private final Sinks.One<MachineProcess> streams = Sinks.one();
    /** The exit code, after all output is in the log. Never when the command killed its session's shell. */
    private final Sinks.One<Integer> ended = Sinks.one();

    private volatile boolean started;
    private volatile Optional<Integer> exitCode = Optional.empty();

    SessionCommand(String id, String text, boolean async, boolean echo, CommandLog log) {
        this.id = id;
        this.text = text;
        this.async = async;
        this.echo = echo;
        this.log = log;
    }

    /** The server's id of it. */
    public String id() {
        return id;
    }

    /** Its text. */
    public String text() {
        return text;
    }

    /** Its log. */
    public CommandLog log() {
        return log;
    }

    /** Empty while it runs. */
    public Optional<Integer> exitCode() {
        return exitCode;
    }

    /** The exit code once it is known and all output was logged; an error when the session ended before. */
    public Mono<Integer> ended() {
        return ended.asMono();
    }

    /**
     * Writes a line to standard input, once the command runs; completes when it is in the pipe. 410 after the end, 400 for a command
     * without an input.
     */
    public Mono<Void> input(String data) {
        return Mono.defer(() -> {
            if (exitCode.isPresent()) {
                return Mono.error(finished());
            }
            if (!async) {
                return Mono.error(
                        HttpError.badRequest("the command does not run asynchronously: its standard input is closed"));
            }
            byte[] line = (data + "\n").getBytes(StandardCharsets.UTF_8);
            if (echo) {
                log.append(LogEntry.STDOUT, line);
            }
            return streams.asMono()
                    .flatMap(process -> process.write(Flux.just(ByteBuffer.wrap(line))))
                    .then();
        });
    }

    private static HttpError finished() {
        return new HttpError(410, "COMMAND_ALREADY_COMPLETED", "command already completed");
    }

    boolean isAsync() {
        return async;
    }

    boolean hasStarted() {
        return started;
    }

    void running(MachineProcess process) {
        started = true;
        streams.tryEmitValue(process).orThrow();
    }

    void end(int code) {
        exitCode = Optional.of(code);
        log.end();
        // A command that its session's end had ended already keeps that end.
        Sinks.EmitResult ignored = ended.tryEmitValue(code);
    }

    void fail(HttpError error) {
        log.end();
        Sinks.EmitResult ignored = streams.tryEmitError(error);
        Sinks.EmitResult unused = ended.tryEmitError(error);
    }
}
