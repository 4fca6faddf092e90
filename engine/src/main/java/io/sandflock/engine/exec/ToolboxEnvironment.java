/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.Connection;
import io.sandflock.Environment;
import io.sandflock.ErrorCode;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileContent;
import io.sandflock.FileStat;
import io.sandflock.PermanentException;
import io.sandflock.engine.platform.Sandboxes;
import io.sandflock.engine.platform.Sandboxes.SshAccess;
import io.sandflock.engine.platform.Toolbox;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A sandbox as an environment. A short command is one request, and so is writing any number of files; reading a file is two.
 * Requests that fail on the way are repeated: a command's execution is claimed in the sandbox, so that it runs at most once.
 *
 * <p>The sandbox keeps a directory of mode 0700 in {@code /var/tmp} for executions under way; {@link #closeLater()} deletes it.
 */
public final class ToolboxEnvironment implements Environment {

    private static final Duration SHELL_ACCESS = Duration.ofHours(1);

    private final String name;
    private final String sandboxId;
    private final Sandboxes sandboxes;
    private final Commands commands;
    private final CommandFiles commandFiles;
    private final ToolboxFiles files;

    private ToolboxEnvironment(
            String name, String sandboxId, Toolbox toolbox, Sandboxes sandboxes, ExecSettings settings, Random random) {
        this.name = Objects.requireNonNull(name, "name");
        this.sandboxId = Objects.requireNonNull(sandboxId, "sandboxId");
        this.sandboxes = Objects.requireNonNull(sandboxes, "sandboxes");
        Vitals vitals = new Vitals(sandboxId, sandboxes);
        Recovery recovery = new Recovery(vitals, settings);
        this.commands = Commands.create(toolbox, vitals, recovery, settings, random);
        this.commandFiles = new CommandFiles(this::exec, vitals.context());
        Archives archives = new Archives(this::exec, this::execStream, vitals.context());
        this.files = new ToolboxFiles(toolbox, vitals, recovery, commandFiles, archives);
    }

    /**
     * An environment on a sandbox that is started. Makes no request.
     *
     * @param name the environment's, for example {@code default}
     * @param sandboxes is asked for the sandbox's state when its daemon fails
     * @param random seeds the environment's prefix; never asked again
     */
    public static ToolboxEnvironment create(
            String name, String sandboxId, Toolbox toolbox, Sandboxes sandboxes, ExecSettings settings, Random random) {
        return new ToolboxEnvironment(name, sandboxId, toolbox, sandboxes, settings, random);
    }

    @Override
    public String name() {
        return name;
    }

    /** The commands of this sandbox, for whoever runs them elsewhere in it: see {@link Commands#through(Reach)}. */
    public Commands commands() {
        return commands;
    }

    @Override
    public Mono<ExecResult> exec(ExecRequest request) {
        return commands.exec(request);
    }

    /** {@link #exec(ExecRequest)} with this input instead of the request's own. */
    public Mono<ExecResult> exec(ExecRequest request, StreamedInput input) {
        return commands.exec(request, input);
    }

    @Override
    public Flux<ExecEvent> execStream(ExecRequest request) {
        return commands.execStream(request);
    }

    /** {@link #execStream(ExecRequest)} with this input instead of the request's own. */
    public Flux<ExecEvent> execStream(ExecRequest request, StreamedInput input) {
        return commands.execStream(request, input);
    }

    @Override
    public Mono<byte[]> readFile(String path, long limit) {
        return files.read(path, limit);
    }

    @Override
    public Flux<ByteBuffer> readStream(String path) {
        return files.readStream(path);
    }

    @Override
    public Mono<Void> download(String path, Path target, long limit) {
        return files.download(path, target, limit);
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

    @Override
    public Mono<Connection> connection() {
        return connection(List.of());
    }

    /** {@link #connection()} whose terminal this command has instead of the login shell; each word without blanks. */
    public Mono<Connection> connection(List<String> command) {
        return sandboxes
                .sshAccess(sandboxId, SHELL_ACCESS)
                .map(access -> bySsh(access, command))
                // A platform without SSH has terminals all the same.
                .onErrorResume(
                        PermanentException.class,
                        error -> error.code() == ErrorCode.UNSUPPORTED
                                ? Mono.just(byTerminal(command))
                                : Mono.error(error))
                .checkpoint("connection");
    }

    /** {@link Commands#killsUnderWay()}. */
    public int killsUnderWay() {
        return commands.killsUnderWay();
    }

    /** {@link Commands#awaitKills()}. */
    public Mono<Void> awaitKills() {
        return commands.awaitKills();
    }

    /** {@link Commands#closeLater()}. */
    public Mono<Void> closeLater() {
        return commands.closeLater();
    }

    /** The name and the sandbox. */
    @Override
    public String toString() {
        return "ToolboxEnvironment[" + name + " in " + sandboxId + "]";
    }

    private Connection byTerminal(List<String> command) {
        List<String> words = new ArrayList<>(List.of("sandflock", "exec", "-it", "--sandbox", sandboxId));
        if (!command.isEmpty()) {
            words.add("--");
            words.addAll(command);
        }
        return new Connection(
                "sandflock",
                words,
                sandboxId,
                Optional.of("needs the platform's DAYTONA_API_URL and DAYTONA_API_KEY in the environment"));
    }

    private Connection bySsh(SshAccess access, List<String> command) {
        List<String> words = new ArrayList<>(List.of(access.command().strip().split("\\s+")));
        if (!command.isEmpty()) {
            words.add("-t");
            words.add(String.join(" ", command));
        }
        return new Connection(
                "daytona",
                words,
                sandboxId,
                Optional.of("valid until " + access.expiresAt() + "; asking again revokes it"));
    }
}
