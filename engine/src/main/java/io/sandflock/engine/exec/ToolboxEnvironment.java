/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.Connection;
import io.sandflock.Environment;
import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.FileContent;
import io.sandflock.FileStat;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.TransientException;
import io.sandflock.engine.frame.ExecCall.Answer;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecutionId;
import io.sandflock.engine.platform.Sandboxes;
import io.sandflock.engine.platform.Sandboxes.SshAccess;
import io.sandflock.engine.platform.Toolbox;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

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
    private final ExecSettings settings;
    private final Vitals vitals;
    private final Ledger ledger;
    private final Courier courier;
    private final Kills kills;
    private final CommandFiles commandFiles;
    private final ToolboxFiles files;

    private ToolboxEnvironment(
            String name, String sandboxId, Toolbox toolbox, Sandboxes sandboxes, ExecSettings settings, Random random) {
        this.name = Objects.requireNonNull(name, "name");
        this.sandboxId = Objects.requireNonNull(sandboxId, "sandboxId");
        this.sandboxes = Objects.requireNonNull(sandboxes, "sandboxes");
        this.settings = Objects.requireNonNull(settings, "settings");
        this.vitals = new Vitals(sandboxId, sandboxes);
        Recovery recovery = new Recovery(vitals, settings);
        this.ledger = new Ledger(random, settings.replayHorizon());
        this.courier = new Courier(toolbox, vitals, recovery, settings, ledger);
        this.kills = new Kills(courier, ledger, settings.killWithin());
        this.commandFiles = new CommandFiles(this::exec, vitals.context());
        this.files = new ToolboxFiles(toolbox, vitals, recovery, commandFiles);
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

    @Override
    public Mono<ExecResult> exec(ExecRequest request) {
        return exec(request, Optional.empty());
    }

    /** {@link #exec(ExecRequest)} with this input instead of the request's own. */
    public Mono<ExecResult> exec(ExecRequest request, StreamedInput input) {
        return exec(request, Optional.of(input));
    }

    private Mono<ExecResult> exec(ExecRequest request, Optional<StreamedInput> input) {
        Objects.requireNonNull(request, "request");
        return Mono.deferContextual(context -> {
                    ExecutionId id = ledger.next();
                    return new CollectedExecution(id, request, input, courier, settings, vitals)
                            .run()
                            .doOnSuccess(result -> ledger.received(id))
                            .doOnError(error -> abandon(id, error, context))
                            .doOnCancel(() -> kills.kill(id, context));
                })
                .checkpoint("exec");
    }

    @Override
    public Flux<ExecEvent> execStream(ExecRequest request) {
        return execStream(request, Optional.empty());
    }

    /** {@link #execStream(ExecRequest)} with this input instead of the request's own. */
    public Flux<ExecEvent> execStream(ExecRequest request, StreamedInput input) {
        return execStream(request, Optional.of(input));
    }

    private Flux<ExecEvent> execStream(ExecRequest request, Optional<StreamedInput> input) {
        Objects.requireNonNull(request, "request");
        return Flux.deferContextual(context -> {
                    ExecutionId id = ledger.next();
                    return new StreamedExecution(id, request, input, courier, settings, vitals)
                            .run()
                            .doOnComplete(() -> ledger.received(id))
                            .doOnError(error -> abandon(id, error, context))
                            .doOnCancel(() -> kills.kill(id, context));
                })
                .checkpoint("execStream");
    }

    @Override
    public Mono<byte[]> readFile(String path, long limit) {
        return files.read(path, limit);
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
        return sandboxes.sshAccess(sandboxId, SHELL_ACCESS).map(this::connection);
    }

    /** Kills of cancelled commands under way in the background. */
    public int killsUnderWay() {
        return kills.size();
    }

    /**
     * Waits for the kills under way, each bounded by {@link ExecSettings#killWithin()}. For before the sandbox is deleted; makes no
     * request of its own and never errors.
     */
    public Mono<Void> awaitKills() {
        return kills.awaitAll();
    }

    /**
     * For a sandbox that lives on: waits for the kills, then deletes all that the executions left in it, in one request if there was
     * any execution. Commands under way lose their results.
     */
    public Mono<Void> closeLater() {
        return awaitKills().then(Mono.defer(() -> ledger.isUnused() ? Mono.empty() : clean()));
    }

    /** The name and the sandbox. */
    @Override
    public String toString() {
        return "ToolboxEnvironment[" + name + " in " + sandboxId + "]";
    }

    private Mono<Void> clean() {
        return courier.send(ledger.everything(), Operation.CLEAN, new Answer(0, false, 0, 0, 0, 0), Optional.empty())
                .then();
    }

    /** After an error: whether a command still runs is known for some, the others are killed. */
    private void abandon(ExecutionId id, Throwable error, ContextView context) {
        if (error instanceof SandboxUnavailableException) {
            return;
        }
        if (error instanceof TransientException) {
            kills.kill(id, context);
        } else {
            ledger.received(id);
        }
    }

    private Connection connection(SshAccess access) {
        return new Connection(
                "daytona",
                List.of(access.command().strip().split("\\s+")),
                sandboxId,
                Optional.of("valid until " + access.expiresAt() + "; asking again revokes it"));
    }
}
