/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ExecResult;
import io.sandflock.engine.frame.ExecCall.Answer;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecReply.Status;
import io.sandflock.engine.frame.ExecutionId;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** One execution whose output is collected. For one subscriber; its replies come one after another. */
final class CollectedExecution {

    /** Arrays end there. */
    private static final long LARGEST = Integer.MAX_VALUE - 16L;

    private final Execution execution;
    private final ExecutionId id;
    private final Courier courier;
    private final ExecSettings settings;
    private final Endings endings;
    private final long keep;
    private final Collected stdout;
    private final Collected stderr;
    private final Backlog backlog;
    private boolean started = false;
    private @Nullable ExecReply last = null;

    CollectedExecution(Execution execution, Courier courier, ExecSettings settings) {
        this.execution = execution;
        this.id = execution.id();
        this.courier = courier;
        this.settings = settings;
        this.endings = new Endings(execution);
        this.keep = Math.min(execution.request().outputLimit(), LARGEST);
        this.stdout = new Collected(keep, execution.vitals());
        this.stderr = new Collected(keep, execution.vitals());
        this.backlog = new Backlog(execution, courier);
    }

    Mono<ExecResult> run() {
        return Mono.defer(this::step)
                .repeat(this::isUnfinished)
                .then(Mono.defer(this::conclude))
                .onErrorMap(endings::unanswered);
    }

    private Mono<Void> step() {
        if (!started) {
            Answer answer = Answer.atEnd(settings.hold(), keep, settings.chunk());
            return courier.prepare(execution)
                    .flatMap(start -> courier.send(id, Operation.START, answer, Optional.of(start)))
                    .doOnNext(this::accept)
                    .then();
        }
        ExecReply end = last;
        if (end == null) {
            return attach(Answer.atEnd(settings.hold(), keep, settings.chunk()));
        }
        return backlog.part(end, true, stdout.size(), stdout.next(), true)
                .map(part -> backlog.fetch(part).doOnNext(chunks -> chunks.forEach(stdout::add)))
                .or(() -> backlog.part(end, false, stderr.size(), stderr.next(), true)
                        .map(part -> backlog.fetch(part).doOnNext(chunks -> chunks.forEach(stderr::add))))
                .map(Mono::then)
                .orElseGet(() -> attach(new Answer(0, false, stdout.next(), stderr.next(), 0, settings.chunk())));
    }

    private Mono<Void> attach(Answer answer) {
        return courier.send(id, Operation.ATTACH, answer, Optional.empty())
                .doOnNext(this::accept)
                .then();
    }

    private void accept(ExecReply reply) {
        started = true;
        if (reply.status() == Status.RUNNING) {
            return;
        }
        if (last == null || reply.status() != Status.DONE) {
            last = reply;
        }
        if (reply.status() == Status.DONE) {
            stdout.add(reply.stdout());
            stderr.add(reply.stderr());
        }
    }

    private boolean isUnfinished() {
        ExecReply end = last;
        return end == null || (end.status() == Status.DONE && !(stdout.isComplete() && stderr.isComplete()));
    }

    private Mono<ExecResult> conclude() {
        ExecReply end = Objects.requireNonNull(last, "last");
        return end.status() == Status.DONE
                ? endings.conclude(end, stdout.output(), stderr.output())
                : Mono.error(endings.failed(end));
    }
}
