/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.exec;

import io.sandflock.ErrorCode;
import io.sandflock.ExecRequest;
import io.sandflock.TransientException;
import io.sandflock.engine.frame.ExecCall;
import io.sandflock.engine.frame.ExecCall.Answer;
import io.sandflock.engine.frame.ExecCall.Operation;
import io.sandflock.engine.frame.ExecCall.Start;
import io.sandflock.engine.frame.ExecCall.Stdin;
import io.sandflock.engine.frame.ExecReply;
import io.sandflock.engine.frame.ExecutionId;
import io.sandflock.engine.frame.ProgramText;
import io.sandflock.engine.frame.ReplyText;
import io.sandflock.engine.platform.Toolbox;
import io.sandflock.engine.platform.Toolbox.ExecuteCall;
import io.sandflock.engine.platform.Toolbox.ExecuteReply;
import io.sandflock.engine.platform.Toolbox.Upload;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Carries calls to the claim-once program and brings its replies back, repeating what was lost on the way. */
final class Courier {

    private final Toolbox toolbox;
    private final Vitals vitals;
    private final Recovery recovery;
    private final ExecSettings settings;
    private final Ledger ledger;

    Courier(Toolbox toolbox, Vitals vitals, Recovery recovery, ExecSettings settings, Ledger ledger) {
        // Not when the first request is sent: that is on an event loop. An engine has done it long before.
        ProgramText.load();
        this.toolbox = toolbox;
        this.vitals = vitals;
        this.recovery = recovery;
        this.settings = settings;
        this.ledger = ledger;
    }

    /** Sends a call until it is answered; the same text each time, so that it is the same execution. */
    Mono<ExecReply> send(ExecutionId id, Operation operation, Answer answer, Optional<Start> start) {
        return Mono.defer(() -> {
            long now = System.nanoTime();
            ExecCall call =
                    new ExecCall(id, operation, answer, start, ledger.takeReceived(now), ledger.takeForgotten(now));
            return recovery.apply(toolbox.execute(execute(call)).flatMap(reply -> decode(reply, id)));
        });
    }

    /** What to send for a command; uploads what is too large for the program's text. */
    Mono<Start> prepare(Execution execution) {
        return Mono.defer(() -> {
            if (execution.input().isPresent()) {
                return upload(execution, execution.input().get());
            }
            byte[] input = execution.request().stdin().orElse(new byte[0]);
            return size(execution.request()) + input.length <= ProgramText.INLINE_LIMIT
                    ? Mono.just(start(execution, inline(input), Optional.empty()))
                    : upload(execution, new StreamedInput(input.length, whole(input)));
        });
    }

    /**
     * Downloads files, all of them or none.
     *
     * @param limit bytes of each
     */
    Mono<List<byte[]>> fetch(List<String> paths, long limit) {
        return recovery.apply(Flux.defer(() -> toolbox.download(paths, limit))
                .concatMap(Toolbox.Download::result, 1)
                .collectList()
                .filter(files -> files.size() == paths.size())
                .switchIfEmpty(Mono.error(() -> new TransientException(
                        ErrorCode.PLATFORM_ERROR, "a download of output was cut", vitals.context(), null))));
    }

    private ExecuteCall execute(ExecCall call) {
        // Deadlines nest: the program answers first, then the server's timeout fires, then ours.
        Duration server = Duration.ofMillis(call.answer().waitMillis()).plus(settings.margin());
        return new ExecuteCall(
                () -> ProgramText.encode(call),
                Optional.empty(),
                Map.of(),
                Optional.of(server),
                server.plus(settings.margin()));
    }

    private Mono<ExecReply> decode(ExecuteReply reply, ExecutionId id) {
        return Mono.justOrEmpty(ReplyText.decode(reply.result(), id))
                .switchIfEmpty(Mono.error(() -> new TransientException(
                        ErrorCode.PLATFORM_ERROR,
                        "the answer of the sandbox's shell was cut or garbled: "
                                + reply.result().length()
                                + " characters, shell exit code " + reply.exitCode()
                                + "; expected a whole sandflock reply. Is /bin/sh there, with the common small tools?",
                        vitals.context(),
                        null)));
    }

    private Mono<Start> upload(Execution execution, StreamedInput input) {
        String directory = ProgramText.uploadDirectory(execution.id());
        Stdin stdin = input.size() == 0 ? new Stdin.None() : new Stdin.Uploaded();
        Start start = start(execution, stdin, Optional.of(directory));
        byte[] arguments = ProgramText.encodeArguments(execution.id(), start);
        List<Upload> files = new ArrayList<>();
        files.add(new Upload(directory + "/args", whole(arguments), arguments.length));
        if (input.size() > 0) {
            files.add(new Upload(directory + "/stdin", input.content(), input.size()));
        }
        return recovery.apply(Mono.defer(() -> toolbox.upload(files))).thenReturn(start);
    }

    private static Start start(Execution execution, Stdin stdin, Optional<String> upload) {
        ExecRequest request = execution.request();
        List<String> reach = reach(execution);
        return new Start(
                request.argv(),
                request.env().entrySet().stream()
                        .map(variable -> variable.getKey() + "=" + variable.getValue())
                        .toList(),
                reach.isEmpty() ? request.user() : Optional.empty(),
                request.cwd(),
                stdin,
                request.timeout().map(Duration::toMillis).orElse(0L),
                reach,
                upload);
    }

    private static List<String> reach(Execution execution) {
        Reach reach = execution.reach();
        if (reach == null) {
            return List.of();
        }
        List<String> variables =
                new ArrayList<>(List.of(Start.MARK + "=" + execution.id().mark()));
        for (int i = 1; i <= execution.request().env().size(); i++) {
            variables.add(Start.VARIABLE + i);
        }
        return reach.words(execution.request(), variables);
    }

    private static Stdin inline(byte[] input) {
        return input.length == 0 ? new Stdin.None() : new Stdin.Inline(input);
    }

    private static Mono<ByteBuffer> whole(byte[] bytes) {
        return Mono.fromSupplier(() -> ByteBuffer.wrap(bytes).asReadOnlyBuffer());
    }

    private static long size(ExecRequest request) {
        long size = 0;
        for (String argument : request.argv()) {
            size += argument.getBytes(StandardCharsets.UTF_8).length + 3L;
        }
        for (Map.Entry<String, String> variable : request.env().entrySet()) {
            size += variable.getKey().length() + variable.getValue().getBytes(StandardCharsets.UTF_8).length + 4L;
        }
        return size;
    }
}
