/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpMethod;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.SpawnException;
import io.sandflock.engine.local.http.Json;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;

/** Starts processes in one container. */
final class Execs {

    private static final int WORD_BYTES = 16;
    private static final int KILLED = 137;
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private final EngineClient engine;
    private final String container;

    Execs(EngineClient engine, String container) {
        this.engine = engine;
        this.container = container;
    }

    /**
     * Starts a process; emits once its program is about to run. Cold. A cancel kills what was started. Errors with
     * {@link SpawnException} when it cannot be started.
     *
     * @param cwd absolute
     */
    Mono<ExecProcess> spawn(ProcessSpec spec, String cwd) {
        return Mono.defer(() -> {
            for (String name : spec.env().keySet()) {
                if (!NAME.matcher(name).matches()) {
                    return Mono.error(new SpawnException("invalid environment variable name: '" + name + "'"));
                }
            }
            CompletableFuture<ExecProcess> started = new CompletableFuture<>();
            // Detached: what was begun is waited for, so that a cancel finds what it has to kill.
            begin(spec, cwd).subscribe(started::complete, started::completeExceptionally);
            return Mono.fromFuture(started, true).doOnCancel(() -> abandon(started));
        });
    }

    private static void abandon(CompletableFuture<ExecProcess> started) {
        Mono.fromFuture(started, true)
                .flatMap(ExecProcess::abandon)
                .onErrorComplete()
                .subscribe();
    }

    private Mono<ExecProcess> begin(ProcessSpec spec, String cwd) {
        ObjectNode streams = Json.object().put("Detach", false).put("Tty", false);
        return create(EntryScript.command(spec, cwd), spec.env(), "")
                .flatMap(exec -> engine.connect("the streams of a process").flatMap(connection -> {
                    ExecProcess process = new ExecProcess(this, exec, connection, word(), spec.mergeStderr());
                    return Mono.fromFuture(process.begin(engine.upgrade("/exec/" + exec + "/start", streams)), true);
                }));
    }

    private Mono<String> create(List<String> command, Map<String, String> env, String user) {
        ObjectNode body = Json.object()
                .put("AttachStdin", user.isEmpty())
                .put("AttachStdout", true)
                .put("AttachStderr", true)
                .put("Tty", false)
                .put("User", user);
        command.forEach(body.putArray("Cmd")::add);
        var variables = body.putArray("Env");
        env.forEach((name, value) -> variables.add(name + "=" + value));
        return engine.call(HttpMethod.POST, "/containers/" + container + "/exec", body, EngineClient.PATIENCE)
                .map(answer -> answer.path("Id").asText())
                .onErrorMap(EngineException.class, Execs::stopped);
    }

    /** The machine is not there, or not running: 404 or 409. */
    static Throwable stopped(EngineException refused) {
        return refused.status() == 404 || refused.status() == 409
                ? new SpawnException("the machine is stopped")
                : refused;
    }

    /** Sends a signal to a process group, as root, since the group may have become root; completes when it was sent or nobody is there. */
    Mono<Void> signal(long group, int signal) {
        List<String> kill = List.of(
                "/bin/sh", "-c", "kill -s \"$1\" -- \"-$2\"", "sh", Integer.toString(signal), Long.toString(group));
        ObjectNode body = Json.object().put("Detach", false).put("Tty", false);
        return create(kill, Map.of(), "0:0")
                .flatMap(exec -> engine.text(HttpMethod.POST, "/exec/" + exec + "/start", body))
                // No machine, no process.
                .onErrorResume(SpawnException.class, e -> Mono.empty())
                .onErrorResume(EngineException.class, e -> stopped(e) == e ? Mono.error(e) : Mono.empty())
                .then();
    }

    /** The exit code of an exec that ended without having said it; 137 when the engine does not know either. */
    Mono<Integer> exitCode(String exec) {
        return engine.call(HttpMethod.GET, "/exec/" + exec + "/json")
                .map(Execs::exitCode)
                .onErrorResume(EngineException.class, e -> Mono.just(KILLED));
    }

    private static int exitCode(JsonNode answer) {
        return answer.path("Running").asBoolean()
                ? KILLED
                : answer.path("ExitCode").asInt(KILLED);
    }

    private static String word() {
        // Not secret: who could guess it is the sandbox's own user, and could only spoil its own command's end.
        byte[] bytes = new byte[WORD_BYTES];
        ThreadLocalRandom.current().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
