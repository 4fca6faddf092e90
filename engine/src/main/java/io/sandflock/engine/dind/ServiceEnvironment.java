/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.dind;

import io.sandflock.Connection;
import io.sandflock.Environment;
import io.sandflock.ErrorContext;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileContent;
import io.sandflock.FileStat;
import io.sandflock.engine.dind.UpReport.Container;
import io.sandflock.engine.exec.CommandFiles;
import io.sandflock.engine.exec.Commands;
import io.sandflock.engine.exec.StreamedInput;
import io.sandflock.engine.exec.ToolboxEnvironment;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A compose service as an environment. Commands are run by the sandbox's own claim-once program, and reach the container through
 * {@code docker exec}: one request for a short command, as in a sandbox that is one environment.
 */
final class ServiceEnvironment implements Environment {

    /** How a command ends when its container does, and seldom otherwise. */
    private static final int KILLED = 137;

    private final Container container;
    private final ToolboxEnvironment sandbox;
    private final ErrorContext context;
    private final ServiceReach reach;
    private final Commands commands;
    private final CommandFiles commandFiles;
    private final ServiceFiles files;

    ServiceEnvironment(Container container, ToolboxEnvironment sandbox, ErrorContext context) {
        this.container = container;
        this.sandbox = sandbox;
        this.context = context;
        this.reach = new ServiceReach(container, sandbox.commands());
        this.commands = sandbox.commands().through(reach);
        this.commandFiles = new CommandFiles(this::exec, context);
        this.files = new ServiceFiles(this, context);
    }

    @Override
    public String name() {
        return container.service();
    }

    @Override
    public Mono<ExecResult> exec(ExecRequest request) {
        return commands.exec(request).flatMap(this::ended);
    }

    /** {@link #exec(ExecRequest)} with this input instead of the request's own. */
    Mono<ExecResult> exec(ExecRequest request, StreamedInput input) {
        return commands.exec(request, input).flatMap(this::ended);
    }

    private Mono<ExecResult> ended(ExecResult result) {
        return result.exitCode() == KILLED ? reach.alive(context).thenReturn(result) : Mono.just(result);
    }

    @Override
    public Flux<ExecEvent> execStream(ExecRequest request) {
        return commands.execStream(request)
                .concatMap(
                        event -> event instanceof ExecEvent.Exited exited && exited.exitCode() == KILLED
                                ? reach.alive(context).thenReturn(event)
                                : Mono.just(event),
                        1);
    }

    @Override
    public Mono<byte[]> readFile(String path, long limit) {
        return files.read(path, limit);
    }

    @Override
    public Flux<java.nio.ByteBuffer> readStream(String path) {
        return files.readStream(path);
    }

    @Override
    public Mono<Void> download(String path, java.nio.file.Path target, long limit) {
        return stat(path).flatMap(found -> files.download(path, found, target, limit));
    }

    @Override
    public Mono<Void> writeFiles(Map<String, FileContent> contents) {
        return files.write(contents);
    }

    @Override
    public Mono<Void> append(String path, FileContent content) {
        return commandFiles.append(path, content);
    }

    @Override
    public Mono<FileStat> stat(String path) {
        return commandFiles.stat(path);
    }

    @Override
    public Mono<List<FileStat>> list(String path) {
        return commandFiles.list(path);
    }

    @Override
    public Mono<Void> delete(String path, boolean recursive) {
        return commandFiles.delete(path, recursive);
    }

    /** The sandbox's way in, and from there into the container. */
    @Override
    public Mono<Connection> connection() {
        return sandbox.connection(List.of("docker", "exec", "-it", container.id(), "/bin/sh"));
    }

    /** The service, its container and the sandbox. */
    @Override
    public String toString() {
        return "ServiceEnvironment[" + name() + " in container " + container.id() + " in " + sandbox + "]";
    }
}
