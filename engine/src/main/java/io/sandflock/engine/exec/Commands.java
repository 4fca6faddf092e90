/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ExecEvent;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.TransientException;
import io.sandflock.engine.frame.ExecCall.Answer;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecutionId;
import io.sandflock.engine.platform.Toolbox;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** Runs commands in one sandbox, each at most once. Made by {@link ToolboxEnvironment#commands()}. Thread-safe. */
public final class Commands {

    private final Vitals vitals;
    private final ExecSettings settings;
    private final Ledger ledger;
    private final Courier courier;
    private final Kills kills;
    private final @Nullable Reach reach;

    private Commands(
            Vitals vitals, ExecSettings settings, Ledger ledger, Courier courier, Kills kills, @Nullable Reach reach) {
        this.vitals = vitals;
        this.settings = settings;
        this.ledger = ledger;
        this.courier = courier;
        this.kills = kills;
        this.reach = reach;
    }

    static Commands create(Toolbox toolbox, Vitals vitals, Recovery recovery, ExecSettings settings, Random random) {
        Ledger ledger = new Ledger(random, settings.replayHorizon());
        Courier courier = new Courier(toolbox, vitals, recovery, settings, ledger);
        return new Commands(vitals, settings, ledger, courier, new Kills(courier, ledger, settings.killWithin()), null);
    }

    /**
     * The same, carried to another place in the sandbox. Shares executions, kills and clean-up with this one: closing either closes
     * both.
     */
    public Commands through(Reach other) {
        return new Commands(vitals, settings, ledger, courier, kills, Objects.requireNonNull(other, "other"));
    }

    /** {@link io.sandflock.Environment#exec}. */
    public Mono<ExecResult> exec(ExecRequest request) {
        return exec(request, Optional.empty());
    }

    /** {@link #exec(ExecRequest)} with this input instead of the request's own. */
    public Mono<ExecResult> exec(ExecRequest request, StreamedInput input) {
        return exec(request, Optional.of(input));
    }

    /** {@link io.sandflock.Environment#execStream}. */
    public Flux<ExecEvent> execStream(ExecRequest request) {
        return execStream(request, Optional.empty());
    }

    /** {@link #execStream(ExecRequest)} with this input instead of the request's own. */
    public Flux<ExecEvent> execStream(ExecRequest request, StreamedInput input) {
        return execStream(request, Optional.of(input));
    }

    private Mono<ExecResult> exec(ExecRequest request, Optional<StreamedInput> input) {
        Objects.requireNonNull(request, "request");
        return Mono.deferContextual(context -> {
                    KernelLimits.check(request, vitals.context());
                    ExecutionId id = ledger.next();
                    return new CollectedExecution(execution(id, request, input), courier, settings)
                            .run()
                            .doOnSuccess(result -> ledger.received(id))
                            .doOnError(error -> abandon(id, error, context))
                            .doOnCancel(() -> kills.kill(id, context));
                })
                .checkpoint("exec");
    }

    private Flux<ExecEvent> execStream(ExecRequest request, Optional<StreamedInput> input) {
        Objects.requireNonNull(request, "request");
        return Flux.deferContextual(context -> {
                    KernelLimits.check(request, vitals.context());
                    ExecutionId id = ledger.next();
                    return new StreamedExecution(execution(id, request, input), courier, settings)
                            .run()
                            .doOnComplete(() -> ledger.received(id))
                            .doOnError(error -> abandon(id, error, context))
                            .doOnCancel(() -> kills.kill(id, context));
                })
                .checkpoint("execStream");
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

    private Mono<Void> clean() {
        return courier.send(ledger.everything(), Operation.CLEAN, new Answer(0, false, 0, 0, 0, 0), Optional.empty())
                .then();
    }

    private Execution execution(ExecutionId id, ExecRequest request, Optional<StreamedInput> input) {
        return new Execution(id, request, input, vitals, reach);
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
}
