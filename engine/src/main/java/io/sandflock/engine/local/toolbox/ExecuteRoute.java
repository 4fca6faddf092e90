/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.toolbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.SpawnException;
import io.sandflock.engine.local.files.Processes;
import io.sandflock.engine.local.http.Answers;
import io.sandflock.engine.local.http.HttpError;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code POST /process/execute}: the command's text is a shell's standard input, both outputs come back merged. */
final class ExecuteRoute {

    private static final long MAX_BODY = 32L << 20;
    private static final Pattern ENV_KEY = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    /** How long after the shell's end the output is waited for that its background children still hold. */
    private static final Duration PIPE_GRACE = Duration.ofSeconds(30);

    private static final int SIGKILL = 9;

    /**
     * The shell of the command runs below this one, because a wait status with 137 does not tell {@code exit 137} from a kill. Only
     * the parent shell knows: it says so on its own standard error, which the command's shell does not have. An end by
     * {@code SIGINT} or {@code SIGPIPE} is not said and stays 130 or 141.
     */
    private static final String WRAPPER = """
            (exec "$0" 2>&1)
            rc=$?
            echo "=$rc" >&2
            exit $rc
            """;

    private final AtomicLong keptTogether = new AtomicLong();
    private final long limitTogether =
            Math.max(KeptOutput.LIMIT, Runtime.getRuntime().maxMemory() / 4);

    Mono<Void> execute(Call call) {
        return call.body(MAX_BODY).map(ExecuteRoute::request).flatMap(request -> answer(call, request));
    }

    private record Request(String command, Optional<String> cwd, Map<String, String> env, long timeoutSeconds) {}

    /** Variables that a process can be given. */
    static Map<String, String> checked(Map<String, String> env) {
        for (Map.Entry<String, String> variable : env.entrySet()) {
            if (!ENV_KEY.matcher(variable.getKey()).matches()) {
                throw HttpError.badRequest("invalid environment variable name: '" + variable.getKey() + "'");
            }
            if (variable.getValue().indexOf('\0') >= 0) {
                throw HttpError.badRequest("the value of environment variable '" + variable.getKey() + "' has a NUL");
            }
        }
        return env;
    }

    private static Request request(ObjectNode body) {
        String command = Fields.text(body, "command").orElse("");
        Map<String, String> env = Fields.texts(body, "envs");
        long timeout = Fields.seconds(body, "timeout");
        if (command.isBlank()) {
            throw HttpError.badRequest("command cannot be empty");
        }
        checked(env);
        return new Request(command, Fields.text(body, "cwd").filter(cwd -> !cwd.isEmpty()), env, timeout);
    }

    private Mono<Void> answer(Call call, Request request) {
        return Mono.defer(() -> {
            KeptOutput output = new KeptOutput(keptTogether, limitTogether);
            // A client that goes away does not end its command: the cached Mono runs on, and its output is dropped.
            return run(call, request, output)
                    .cache()
                    .flatMap(exitCode -> Answers.stream(
                            call.response(), 200, "application/json; charset=utf-8", body(exitCode, output)))
                    .doFinally(signal -> output.drop());
        });
    }

    private static Flux<byte[]> body(int exitCode, KeptOutput output) {
        JsonText text = new JsonText();
        return Flux.concat(
                Flux.just(utf8("{\"exitCode\":" + exitCode + ",\"result\":\"")),
                Flux.fromIterable(output.chunks()).map(text::next),
                Mono.fromSupplier(text::end),
                Flux.just(utf8("\"}")));
    }

    private static Mono<Integer> run(Call call, Request request, KeptOutput output) {
        String shell = call.machine().shell();
        ProcessSpec spec =
                new ProcessSpec(List.of("/bin/sh", "-c", WRAPPER, shell), request.cwd(), request.env(), false);
        return Processes.with(
                        call.machine().spawn(spec),
                        process -> untilTimeout(converse(process, request, output), process, request))
                .single()
                .onErrorResume(SpawnException.class, e -> Mono.fromSupplier(() -> notStarted(shell, e, output)));
    }

    /** The shell's exit code, once it ended and its pipe was closed by everyone. */
    private static Mono<Integer> converse(MachineProcess process, Request request, KeptOutput output) {
        Mono<Void> input = process.write(Flux.just(ByteBuffer.wrap(utf8(request.command()))))
                .then(process.closeStdin());
        Mono<Void> read = process.stdout()
                .doOnNext(output::add)
                .takeUntilOther(process.exit().delayElement(PIPE_GRACE))
                .then();
        Mono<String> report = process.stderr()
                .collect(ByteArrayOutputStream::new, ExecuteRoute::keep)
                .map(bytes -> bytes.toString(StandardCharsets.UTF_8));
        return Mono.zip(process.exit(), report, read.thenReturn(true), input.thenReturn(true))
                .map(ended -> exitCode(ended.getT1(), ended.getT2()));
    }

    /** At the timeout the group is killed and the 408 follows once the pipe is closed: a process that escaped delays it. */
    private static Mono<Integer> untilTimeout(Mono<Integer> exitCode, MachineProcess process, Request request) {
        if (request.timeoutSeconds() == 0) {
            return exitCode;
        }
        AtomicBoolean timedOut = new AtomicBoolean();
        Mono<Integer> ended = exitCode.filter(code -> !timedOut.get()).switchIfEmpty(Mono.error(ExecuteRoute::timeout));
        Mono<Integer> killed = Mono.delay(Duration.ofSeconds(request.timeoutSeconds()))
                .doOnNext(tick -> timedOut.set(true))
                .flatMap(tick -> process.signal(SIGKILL))
                .then(Mono.never());
        return Mono.firstWithSignal(ended, killed);
    }

    private static HttpError timeout() {
        return new HttpError(408, "REQUEST_TIMEOUT", "request timeout: command execution timeout");
    }

    private static void keep(ByteArrayOutputStream kept, ByteBuffer buffer) {
        byte[] bytes = new byte[Math.min(buffer.remaining(), 4096 - kept.size())];
        buffer.duplicate().get(bytes);
        kept.write(bytes, 0, bytes.length);
    }

    private static int exitCode(int status, String report) {
        boolean wrapperEnded = report.endsWith("=" + status + "\n");
        boolean saysSignal = !report.startsWith("=");
        return status > 128 && (!wrapperEnded || saysSignal) ? -1 : status;
    }

    private static int notStarted(String shell, SpawnException e, KeptOutput output) {
        output.add(ByteBuffer.wrap(utf8("fork/exec " + shell + ": " + e.getMessage())));
        return -1;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
