/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.simulated;

import io.sandflock.engine.frame.ExecCall;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecReply.Chunk;
import io.sandflock.engine.frame.ExecReply.Ending;
import io.sandflock.engine.frame.ExecReply.Status;
import io.sandflock.engine.local.simulated.CommandScript.Result;
import io.sandflock.engine.local.simulated.CommandScript.Step;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One execution: what it printed, and how it stands. It goes on whatever becomes of the request that started it. Thread-safe. */
final class Execution {

    /** What a shell says of a process that SIGKILL ended. */
    private static final int KILLED = 137;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(0);
    private final ByteArrayOutputStream err = new ByteArrayOutputStream(0);
    private final Disposable.Swap work = Disposables.swap();
    private final long startedNanos = System.nanoTime();

    private Status status = Status.RUNNING;
    private Ending ending = Ending.EXITED;
    private int exitCode;
    private long millis;
    /** Ends, and is replaced, whenever something changed; made only when somebody waits. */
    private Sinks.@Nullable Empty<Void> change;

    /** Runs a command, once; its process tree is killed after {@code timeoutMillis} unless that is 0. */
    void runs(Mono<Result> result, long timeoutMillis) {
        // Owned by the execution: neither the request nor its connection can end it.
        work.update(result.flatMap(whole -> steps(cut(whole, timeoutMillis)).thenReturn(whole))
                .subscribe(whole -> exited(whole, timeoutMillis), error -> failed(error)));
    }

    /** Completes when an answer is due. */
    Mono<Void> answerable(ExecCall.Answer answer) {
        return Mono.defer(() -> {
            if (isDue(answer) || answer.waitMillis() == 0) {
                return Mono.empty();
            }
            return Mono.defer(() -> changed(answer))
                    .repeat(() -> !isDue(answer))
                    .then()
                    .timeout(Duration.ofMillis(answer.waitMillis()), Mono.empty());
        });
    }

    synchronized ExecReply reply(ExecCall call, boolean claimed) {
        if (status == Status.UNKNOWN || status == Status.LOST) {
            return ExecReply.of(call.id(), status);
        }
        ExecCall.Answer wanted = call.answer();
        boolean withOutput = status != Status.RUNNING || wanted.onOutput();
        long now = status == Status.RUNNING ? elapsed() : millis;
        return new ExecReply(
                call.id(),
                status,
                claimed,
                ending,
                exitCode,
                now,
                withOutput ? part(out, wanted.stdoutOffset(), wanted) : Chunk.NONE,
                withOutput ? part(err, wanted.stderrOffset(), wanted) : Chunk.NONE);
    }

    /** Ends it, if it runs. */
    void end(Ending how, int code) {
        finish(Status.DONE, how, code);
        work.dispose();
    }

    /** Its machine is gone. */
    void lose() {
        finish(Status.LOST, Ending.EXITED, 0);
        work.dispose();
    }

    /** What it printed was received. The claim stays. */
    synchronized void free() {
        if (status != Status.RUNNING) {
            status = Status.UNKNOWN;
            out.reset();
            err.reset();
        }
    }

    private Mono<Void> steps(List<Step> steps) {
        return Flux.fromIterable(steps).concatMap(this::step, 1).then();
    }

    private Mono<Void> step(Step step) {
        return step instanceof Step.Pause pause
                ? SimulatedSubstrate.after(pause.time())
                : Mono.fromRunnable(() -> print((Step.Output) step));
    }

    /** The steps until the timeout: known beforehand, so that no second timer races with the command's own. */
    private static List<Step> cut(Result result, long timeoutMillis) {
        if (!isCut(result, timeoutMillis)) {
            return result.steps();
        }
        List<Step> until = new ArrayList<>();
        Duration left = Duration.ofMillis(timeoutMillis);
        for (Step step : result.steps()) {
            if (step instanceof Step.Pause pause) {
                if (pause.time().compareTo(left) >= 0) {
                    until.add(new Step.Pause(left));
                    return until;
                }
                left = left.minus(pause.time());
            }
            until.add(step);
        }
        return until;
    }

    private static boolean isCut(Result result, long timeoutMillis) {
        Duration total = result.steps().stream()
                .filter(Step.Pause.class::isInstance)
                .map(step -> ((Step.Pause) step).time())
                .reduce(Duration.ZERO, Duration::plus);
        return timeoutMillis > 0 && total.compareTo(Duration.ofMillis(timeoutMillis)) >= 0;
    }

    private void exited(Result result, long timeoutMillis) {
        if (isCut(result, timeoutMillis)) {
            finish(Status.DONE, Ending.TIMED_OUT, KILLED);
        } else {
            finish(Status.DONE, Ending.EXITED, result.exitCode());
        }
    }

    private void failed(Throwable error) {
        print(new Step.Output(String.valueOf(error.getMessage()).getBytes(StandardCharsets.UTF_8), true));
        finish(Status.DONE, Ending.EXEC_FAILED, 126);
    }

    private void print(Step.Output output) {
        synchronized (this) {
            if (status != Status.RUNNING) {
                return;
            }
            (output.isError() ? err : out).writeBytes(output.bytes());
        }
        tell();
    }

    private void finish(Status how, Ending why, int code) {
        synchronized (this) {
            if (status != Status.RUNNING) {
                return;
            }
            status = how;
            ending = why;
            exitCode = code;
            millis = elapsed();
        }
        tell();
    }

    private void tell() {
        Sinks.Empty<Void> told;
        synchronized (this) {
            told = change;
            change = null;
        }
        if (told != null) {
            told.tryEmitEmpty();
        }
    }

    private synchronized Mono<Void> changed(ExecCall.Answer answer) {
        if (isDue(answer)) {
            return Mono.empty();
        }
        Sinks.Empty<Void> next = change;
        if (next == null) {
            next = Sinks.empty();
            change = next;
        }
        return next.asMono();
    }

    private synchronized boolean isDue(ExecCall.Answer answer) {
        boolean output = out.size() > answer.stdoutOffset() || err.size() > answer.stderrOffset();
        return status != Status.RUNNING || (answer.onOutput() && output);
    }

    private static Chunk part(ByteArrayOutputStream stream, long offset, ExecCall.Answer wanted) {
        return Chunk.of(stream.toByteArray(), offset, wanted.keep(), wanted.chunk());
    }

    private long elapsed() {
        return (System.nanoTime() - startedNanos) / 1_000_000;
    }
}
