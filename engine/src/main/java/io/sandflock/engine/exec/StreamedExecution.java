/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ExecEvent;
import io.sandflock.ExecResult;
import io.sandflock.ExecResult.Output;
import io.sandflock.engine.exec.Backlog.Part;
import io.sandflock.engine.frame.ExecCall.Answer;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecReply.Chunk;
import io.sandflock.engine.frame.ExecReply.Status;
import io.sandflock.engine.frame.ExecutionId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;

/** One execution whose output is passed on as it comes. For one subscriber; its turns come one after another. */
final class StreamedExecution {

    /** Parts begin small, so that ten thousand quiet streams hold little, and grow with the flow. */
    private static final int FIRST_CHUNK = 32 << 10;

    private final Execution execution;
    private final ExecutionId id;
    private final Courier courier;
    private final ExecSettings settings;
    private final Endings endings;
    private final Backlog backlog;
    private boolean finished = false;
    private int chunk;
    private long stdoutNext = 0;
    private long stderrNext = 0;
    private @Nullable ExecReply last = null;
    private @Nullable ExecReply end = null;

    StreamedExecution(Execution execution, Courier courier, ExecSettings settings) {
        this.execution = execution;
        this.id = execution.id();
        this.courier = courier;
        this.settings = settings;
        this.endings = new Endings(execution);
        this.backlog = new Backlog(execution, courier);
        this.chunk = Math.min(FIRST_CHUNK, settings.chunk());
    }

    /** Asks for the next part once the one before was taken; holds one part at most. */
    Flux<ExecEvent> run() {
        return Flux.generate(this::demand)
                .concatMap(turn -> step().onErrorMap(endings::unanswered), 0)
                .concatMap(Turn::events, 1);
    }

    private void demand(SynchronousSink<Boolean> turns) {
        if (finished) {
            turns.complete();
        } else {
            turns.next(true);
        }
    }

    private Mono<Turn> step() {
        ExecReply latest = last;
        if (latest == null) {
            return courier.prepare(execution)
                    .flatMap(start -> courier.send(id, Operation.START, answer(), Optional.of(start)))
                    .map(this::accept);
        }
        boolean ended = end != null;
        Optional<Part> part = backlog.part(latest, true, latest.stdout().size(), stdoutNext, ended)
                .or(() -> backlog.part(latest, false, latest.stderr().size(), stderrNext, ended));
        return part.isPresent()
                ? fetch(part.get(), ended)
                : courier.send(id, Operation.ATTACH, answer(), Optional.empty()).map(this::accept);
    }

    /**
     * Downloads a part. Meanwhile the sandbox is told what was taken before, and says what there is: so the command goes on printing, and
     * the next part can be asked for at once.
     */
    private Mono<Turn> fetch(Part part, boolean ended) {
        if (ended) {
            return backlog.fetch(part).map(chunks -> take(part, chunks));
        }
        Answer sizes = new Answer(0, true, stdoutNext, stderrNext, 0, 0);
        return Mono.zip(backlog.fetch(part), courier.send(id, Operation.ATTACH, sizes, Optional.empty()))
                .map(both -> take(part, both.getT1()).then(accept(both.getT2())));
    }

    private Answer answer() {
        return new Answer(settings.hold().toMillis(), true, stdoutNext, stderrNext, 0, chunk);
    }

    private Turn take(Part part, List<Chunk> chunks) {
        long next = chunks.get(chunks.size() - 1).next();
        if (part.stdout()) {
            stdoutNext = next;
        } else {
            stderrNext = next;
        }
        return turn(Flux.concat(
                chunks.stream().map(bytes -> output(bytes, part.stdout())).toList()));
    }

    private Turn accept(ExecReply reply) {
        last = reply.withoutOutput();
        if (reply.status() != Status.RUNNING && reply.status() != Status.DONE) {
            finished = true;
            return new Turn(Flux.error(() -> endings.failed(reply)));
        }
        if (reply.ending().isStartFailure()) {
            finished = true;
            return new Turn(
                    endings.conclude(reply, Output.EMPTY, Output.EMPTY).flatMapMany(StreamedExecution::refusal));
        }
        if (reply.status() == Status.DONE && end == null) {
            end = reply.withoutOutput();
        }
        if (reply.stdout().bytes().length == chunk || reply.stderr().bytes().length == chunk) {
            chunk = Math.min(chunk * 2, settings.chunk());
        }
        stdoutNext = Math.max(stdoutNext, reply.stdout().next());
        stderrNext = Math.max(stderrNext, reply.stderr().next());
        return turn(output(reply.stdout(), true).concatWith(output(reply.stderr(), false)));
    }

    /** A turn with this output, the last one if nothing is left. */
    private Turn turn(Flux<ExecEvent> output) {
        ExecReply ended = end;
        finished = ended != null
                && stdoutNext >= ended.stdout().size()
                && stderrNext >= ended.stderr().size();
        return ended != null && finished
                ? new Turn(output.concatWith(Mono.defer(() -> endings.conclude(ended, Output.EMPTY, Output.EMPTY)
                        .map(result -> new ExecEvent.Exited(result.exitCode())))))
                : new Turn(output);
    }

    /** Handed over for good: the turn itself is kept until the next one comes, which may be long. */
    private static Mono<ExecEvent> output(Chunk chunk, boolean stdout) {
        if (chunk.bytes().length == 0) {
            return Mono.empty();
        }
        AtomicReference<@Nullable ExecEvent> held = new AtomicReference<>(
                stdout ? new ExecEvent.Stdout(chunk.bytes()) : new ExecEvent.Stderr(chunk.bytes()));
        return Mono.fromSupplier(() -> held.getAndSet(null));
    }

    private static Flux<ExecEvent> refusal(ExecResult result) {
        byte[] message = result.stderr().text().getBytes(StandardCharsets.UTF_8);
        return Flux.just(new ExecEvent.Stderr(message), new ExecEvent.Exited(result.exitCode()));
    }

    /** What one request brought, or two that were made at once. */
    private record Turn(Flux<ExecEvent> events) {

        Turn then(Turn next) {
            return new Turn(events.concatWith(next.events));
        }
    }
}
