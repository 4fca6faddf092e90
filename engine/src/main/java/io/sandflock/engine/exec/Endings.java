/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.CommandTimeoutException;
import io.sandflock.ErrorCode;
import io.sandflock.ExecRequest;
import io.sandflock.ExecResult;
import io.sandflock.ExecResult.Output;
import io.sandflock.FileException;
import io.sandflock.FileException.Errno;
import io.sandflock.PermanentException;
import io.sandflock.SandboxUnavailableException;
import io.sandflock.TransientException;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecReply.Ending;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What the last reply of an execution means to the caller. */
final class Endings {

    private final Execution execution;
    private final ExecRequest request;
    private final Vitals vitals;

    Endings(Execution execution) {
        this.execution = execution;
        this.request = execution.request();
        this.vitals = execution.vitals();
    }

    /**
     * The result, or the error.
     *
     * @param last says {@link ExecReply.Status#DONE}
     */
    Mono<ExecResult> conclude(ExecReply last, Output stdout, Output stderr) {
        Duration duration = Duration.ofMillis(last.millis());
        return switch (last.ending()) {
            case EXITED -> Mono.just(new ExecResult(last.exitCode(), stdout, stderr, duration));
            case TIMED_OUT ->
                Mono.error(() -> new CommandTimeoutException(
                        request.timeout().orElse(duration),
                        new ExecResult(last.exitCode(), stdout, stderr, duration),
                        vitals.context()));
            case KILLED ->
                Mono.error(() -> new PermanentException(
                        ErrorCode.CANCELLED,
                        "the command was killed because its caller was cancelled",
                        vitals.context()));
            case OUTPUT_LOST ->
                Mono.error(() -> new PermanentException(
                        ErrorCode.EXEC_FAILED,
                        "the command ended with exit code " + last.exitCode()
                                + ", and a part of its output is lost: the sandbox had no room for it, or was too busy to take it from"
                                + " a container in time. Is its disk full?",
                        vitals.context()));
            case EXEC_FAILED, CWD_FAILED, USER_FAILED -> notStarted(last);
            case REACH_FAILED -> notReached(last);
        };
    }

    /** An error for a status after which nothing more is to be learnt. */
    Throwable failed(ExecReply reply) {
        return switch (reply.status()) {
            case FAILED ->
                new PermanentException(
                        ErrorCode.EXEC_FAILED,
                        "the sandbox could not take the command: " + text(reply) + "; it was not started",
                        vitals.context());
            case LOST -> unknown("what watched over it in the sandbox was killed, perhaps for want of memory", null);
            default -> unknown("its state in the sandbox is gone: was it deleted by a command?", null);
        };
    }

    /** The error for an execution whose replies did not come. */
    Throwable unanswered(Throwable failure) {
        boolean known = failure instanceof SandboxUnavailableException || !(failure instanceof TransientException);
        return known ? failure : unknown(((TransientException) failure).reason(), failure);
    }

    private TransientException unknown(String why, @Nullable Throwable cause) {
        return new TransientException(
                ErrorCode.UNREACHABLE,
                "it could not be found out how the command ended: " + why,
                vitals.context(),
                cause);
    }

    private Mono<ExecResult> notStarted(ExecReply last) {
        String program = request.argv().get(0);
        String reason = text(last);
        if (last.ending() == Ending.USER_FAILED) {
            return Mono.just(refused(126, reason));
        }
        if (last.ending() == Ending.CWD_FAILED) {
            Errno errno = Errno.ofName(reason);
            return Mono.error(() -> new FileException(errno, request.cwd().orElse("."), vitals.context()));
        }
        if (last.exitCode() == 127) {
            return Mono.just(refused(127, program + ": not found"));
        }
        return reason.contains("ermission denied") || reason.contains("s a directory")
                ? Mono.error(() -> new FileException(Errno.EACCES, program, vitals.context()))
                : Mono.error(() -> new PermanentException(
                        ErrorCode.EXEC_FAILED,
                        "the command could not be executed: " + detail(reason),
                        vitals.context()));
    }

    private Mono<ExecResult> notReached(ExecReply last) {
        Reach reach = execution.reach();
        return reach == null
                ? Mono.error(unknown("the sandbox says that it was carried elsewhere, which was not asked for", null))
                : reach.notReached(request, last.exitCode(), text(last), vitals.context());
    }

    private static ExecResult refused(int exitCode, String reason) {
        byte[] message = (reason + "\n").getBytes(StandardCharsets.UTF_8);
        return new ExecResult(exitCode, Output.EMPTY, new Output(message, message.length), Duration.ZERO);
    }

    /** The last part of a shell's first message: what stands before it may be an argument. */
    private static String detail(String reason) {
        String first = reason.lines().findFirst().orElse("no reason was given");
        return first.substring(first.lastIndexOf(": ") < 0 ? 0 : first.lastIndexOf(": ") + 2);
    }

    /** The reason in the reply, without the mark that the stage before the command puts before it. */
    private static String text(ExecReply reply) {
        String text = new String(reply.stderr().bytes(), StandardCharsets.UTF_8).strip();
        String mark = "sandflock-" + reply.id();
        return text.startsWith(mark) ? text.substring(text.indexOf(": ") + 2) : text;
    }
}
