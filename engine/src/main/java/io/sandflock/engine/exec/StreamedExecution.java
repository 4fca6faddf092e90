/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ExecEvent;
import io.sandflock.ExecResult;
import io.sandflock.ExecResult.Output;
import io.sandflock.engine.frame.ExecCall.Answer;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecReply.Chunk;
import io.sandflock.engine.frame.ExecReply.Status;
import io.sandflock.engine.frame.ExecutionId;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/** One execution whose output is passed on as it comes. For one subscriber; its replies come one after another. */
final class StreamedExecution {

    /** Parts begin small, so that ten thousand quiet streams hold little, and grow with the flow. */
    private static final int FIRST_CHUNK = 32 << 10;

    private final Execution execution;
    private final ExecutionId id;
    private final Courier courier;
    private final ExecSettings settings;
    private final Endings endings;
    private boolean started = false;
    private boolean finished = false;
    private int chunk;
    private long stdoutNext = 0;
    private long stderrNext = 0;
    private @Nullable ExecReply end = null;

    StreamedExecution(Execution execution, Courier courier, ExecSettings settings) {
        this.execution = execution;
        this.id = execution.id();
        this.courier = courier;
        this.settings = settings;
        this.endings = new Endings(execution);
        this.chunk = Math.min(FIRST_CHUNK, settings.chunk());
    }

    /** Asks for the next part once the one before was taken; holds one part at most. */
    Flux<ExecEvent> run() {
        return Flux.generate(this::demand)
                .concatMap(turn -> step().onErrorMap(endings::unanswered), 0)
                .concatMap(this::events, 1);
    }

    private void demand(SynchronousSink<Boolean> turns) {
        if (finished) {
            turns.complete();
        } else {
            turns.next(true);
        }
    }

    private Mono<Turn> step() {
        Answer answer = new Answer(settings.hold().toMillis(), true, stdoutNext, stderrNext, 0, chunk);
        Mono<ExecReply> reply = started
                ? courier.send(id, Operation.ATTACH, answer, Optional.empty())
                : courier.prepare(execution)
                        .flatMap(start -> courier.send(id, Operation.START, answer, Optional.of(start)));
        return reply.map(this::accept);
    }

    private Turn accept(ExecReply reply) {
        started = true;
        if (reply.status() == Status.DONE && end == null) {
            end = reply;
        }
        boolean startFailure = reply.ending().isStartFailure();
        if (reply.stdout().bytes().length == chunk || reply.stderr().bytes().length == chunk) {
            chunk = Math.min(chunk * 2, settings.chunk());
        }
        stdoutNext = Math.max(stdoutNext, reply.stdout().next());
        stderrNext = Math.max(stderrNext, reply.stderr().next());
        ExecReply ended = end;
        finished = (reply.status() != Status.RUNNING && reply.status() != Status.DONE)
                || startFailure
                || (ended != null
                        && stdoutNext >= ended.stdout().size()
                        && stderrNext >= ended.stderr().size());
        return new Turn(reply, finished ? ended : null);
    }

    private Flux<ExecEvent> events(Turn turn) {
        ExecReply reply = turn.reply();
        ExecReply ended = turn.end();
        if (reply.status() != Status.RUNNING && reply.status() != Status.DONE) {
            return Flux.error(endings.failed(reply));
        }
        if (reply.ending().isStartFailure()) {
            return endings.conclude(reply, Output.EMPTY, Output.EMPTY).flatMapMany(StreamedExecution::refusal);
        }
        Flux<ExecEvent> output = output(reply.stdout(), true).concatWith(output(reply.stderr(), false));
        return ended != null
                ? output.concatWith(Mono.defer(() -> endings.conclude(ended, Output.EMPTY, Output.EMPTY)
                        .map(result -> new ExecEvent.Exited(result.exitCode()))))
                : output;
    }

    private static Flux<ExecEvent> output(Chunk chunk, boolean stdout) {
        if (chunk.bytes().length == 0) {
            return Flux.empty();
        }
        return Flux.just(stdout ? new ExecEvent.Stdout(chunk.bytes()) : new ExecEvent.Stderr(chunk.bytes()));
    }

    private static Flux<ExecEvent> refusal(ExecResult result) {
        byte[] message = result.stderr().text().getBytes(StandardCharsets.UTF_8);
        return Flux.just(new ExecEvent.Stderr(message), new ExecEvent.Exited(result.exitCode()));
    }

    /** @param end the reply that said how the command ended, when this is the last of all */
    private record Turn(ExecReply reply, @Nullable ExecReply end) {}
}
