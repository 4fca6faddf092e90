/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.session;

import io.sandflock.engine.local.Machine;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.ProcessSpec;
import io.sandflock.engine.local.files.Processes;
import io.sandflock.engine.local.files.ShellWords;
import io.sandflock.engine.local.http.HttpError;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A shell that commands are sourced into, one after another, so that {@code cd}, variables and functions stay.
 *
 * <p>The shell reads its script from a pipe and says on its standard output how each command ended; a command's own streams are fifos
 * in a folder of the sandbox, which a second process carries to the server. List, exit codes and logs are the server's: code in the
 * sandbox can disturb its own shell, which runs as the same user, and cannot rewrite what was logged or recorded.
 */
public final class Session {

    private static final int MAX_COMMANDS = 10_000;
    private static final int MAX_CONTROL_LINE = 4096;

    private final String id;
    private final Machine machine;
    private final LogRoom room;
    private final String folder;
    private final MachineProcess shell;
    private final Map<String, SessionCommand> commands = new LinkedHashMap<>();
    private final Sinks.Many<SessionCommand> queue = Sinks.many().unicast().onBackpressureBuffer();
    private final Sinks.One<String> pid = Sinks.one();
    private final StringBuilder control = new StringBuilder();
    private final List<Disposable> running = new ArrayList<>();

    private volatile boolean dead;
    private volatile boolean deleted;
    private volatile Sinks.@Nullable One<Integer> awaitedExit;

    private Session(String id, Machine machine, LogRoom room, String folder, MachineProcess shell) {
        this.id = id;
        this.machine = machine;
        this.room = room;
        this.folder = folder;
        this.shell = shell;
    }

    /**
     * Starts a session's shell; emits once it answers.
     *
     * @param token names its folder; made by the server, unique
     */
    static Mono<Session> start(String id, Machine machine, LogRoom room, String token) {
        String folder = machine.homeDir() + "/.daytona/sessions/" + token;
        ProcessSpec spec = new ProcessSpec(List.of(machine.shell()), Optional.empty(), Map.of(), false);
        return machine.spawn(spec)
                .map(shell -> new Session(id, machine, room, folder, shell))
                .doOnNext(Session::listen)
                .flatMap(session -> session.say("printf 'pid %s\\n' \"$$\"\n")
                        .then(session.pid.asMono())
                        .doOnError(error -> session.stop())
                        .thenReturn(session));
    }

    /** The three pumps of a session run as long as it does and are stopped with it, whoever waits for an answer. */
    private void listen() {
        running.add(shell.stdout().doFinally(signal -> died()).subscribe(this::heard, this::broken));
        running.add(shell.stderr().subscribe(bytes -> {}, this::broken));
        running.add(queue.asFlux().concatMap(this::runOne, 1).subscribe(done -> {}, this::broken));
    }

    /** A pump that failed has lost the shell; the commands learn it in {@link #died()}. */
    private void broken(Throwable error) {
        died();
    }

    /** The client's id of it. */
    public String id() {
        return id;
    }

    /** Its commands, oldest first. */
    public List<SessionCommand> commands() {
        synchronized (commands) {
            return List.copyOf(commands.values());
        }
    }

    /** A command by its id. */
    public Optional<SessionCommand> command(String commandId) {
        synchronized (commands) {
            return Optional.ofNullable(commands.get(commandId));
        }
    }

    /** Puts a command behind those that run or wait. 500 when the shell is dead. */
    public SessionCommand submit(String commandId, String text, boolean async, boolean echo) {
        synchronized (commands) {
            if (dead) {
                throw brokenPipe();
            }
            if (commands.size() >= MAX_COMMANDS) {
                throw HttpError.badRequest("session has " + MAX_COMMANDS + " commands: delete it and create another");
            }
            SessionCommand command = new SessionCommand(commandId, text, async, echo, new CommandLog(room));
            commands.put(commandId, command);
            queue.tryEmitNext(command).orThrow();
            return command;
        }
    }

    private static HttpError brokenPipe() {
        return HttpError.internal("failed to execute command: failed to write command: write |1: broken pipe");
    }

    /** Completes when the command and its output ended; never errors, so that the next one runs. */
    private Mono<Void> runOne(SessionCommand command) {
        if (dead) {
            return Mono.fromRunnable(() -> command.fail(brokenPipe()));
        }
        Sinks.One<Integer> exit = Sinks.one();
        String place = folder + "/" + command.id();
        return prepare(place, command.text())
                .then(Mono.defer(() -> {
                    awaitedExit = exit;
                    return carry(command, place, exit.asMono());
                }))
                .doOnNext(command::end)
                .onErrorResume(e -> Mono.fromRunnable(() -> command.fail(asAnswer(e))))
                .then();
    }

    private static HttpError asAnswer(Throwable e) {
        return e instanceof HttpError answer
                ? answer
                : HttpError.internal(
                        "failed to execute command: " + e.getClass().getSimpleName());
    }

    private Mono<Void> prepare(String place, String text) {
        return Processes.run(
                        machine,
                        SessionPrograms.PREPARE,
                        List.of(ShellWords.text(place)),
                        ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)),
                        1 << 16)
                .doOnNext(Session::requirePrepared)
                .then();
    }

    private static void requirePrepared(Processes.Finished finished) {
        if (finished.exitCode() != 0) {
            throw HttpError.internal("failed to execute command: the session's folder cannot be written");
        }
    }

    private Mono<Integer> carry(SessionCommand command, String place, Mono<Integer> exit) {
        String program = command.isAsync() ? SessionPrograms.CARRY_WITH_INPUT : SessionPrograms.CARRY;
        return Processes.with(machine.spawn(Processes.shell(program, List.of(ShellWords.text(place)))), process -> {
                    command.running(process);
                    return converse(command, place, process, exit);
                })
                .single();
    }

    private Mono<Integer> converse(SessionCommand command, String place, MachineProcess process, Mono<Integer> exit) {
        Mono<Integer> ended = say(SessionPrograms.source(place, command.isAsync()))
                .then(exit)
                .flatMap(code -> process.closeStdin().thenReturn(code));
        Mono<Void> closed = command.isAsync() ? Mono.empty() : process.closeStdin();
        return Mono.zip(
                        ended,
                        log(command, LogEntry.STDOUT, process.stdout()),
                        log(command, LogEntry.STDERR, process.stderr()),
                        closed.thenReturn(true))
                .map(all -> all.getT1());
    }

    private static Mono<Boolean> log(SessionCommand command, byte marker, Flux<ByteBuffer> bytes) {
        return Mono.defer(() -> {
            LineLabeler lines = new LineLabeler();
            return bytes.map(lines::next)
                    .concatWith(Mono.fromSupplier(lines::end))
                    .doOnNext(text -> command.log().append(marker, text))
                    .then(Mono.just(true));
        });
    }

    private Mono<Void> say(String script) {
        return shell.write(Flux.just(ByteBuffer.wrap(script.getBytes(StandardCharsets.UTF_8))));
    }

    /** Lines {@code pid N} and {@code exit N}; anything else was written by the sandboxed code and means nothing. */
    private void heard(ByteBuffer bytes) {
        control.append(StandardCharsets.US_ASCII.decode(bytes.duplicate()));
        for (int end = control.indexOf("\n"); end >= 0; end = control.indexOf("\n")) {
            line(control.substring(0, end));
            control.delete(0, end + 1);
        }
        if (control.length() > MAX_CONTROL_LINE) {
            control.setLength(0);
        }
    }

    private void line(String line) {
        Sinks.One<Integer> exit = awaitedExit;
        if (line.matches("pid \\d{1,9}")) {
            Sinks.EmitResult ignored = pid.tryEmitValue(line.substring(4));
        } else if (line.matches("exit \\d{1,3}") && exit != null) {
            Sinks.EmitResult ignored = exit.tryEmitValue(Integer.parseInt(line.substring(5)));
        }
    }

    /**
     * The shell is gone. The command that ran looks as if it ran for ever, as with the daemon; those behind it fail instead of
     * waiting for it.
     */
    private void died() {
        List<SessionCommand> all;
        synchronized (commands) {
            dead = true;
            all = List.copyOf(commands.values());
        }
        Sinks.EmitResult ignored = pid.tryEmitError(HttpError.internal("failed to create session: the shell ended"));
        all.stream().filter(command -> !command.hasStarted()).forEach(command -> command.fail(brokenPipe()));
    }

    /** Ends the shell and all below it: {@code SIGTERM}, after 5 s {@code SIGKILL}. Completes when they are gone. */
    Mono<Void> delete() {
        return Mono.defer(() -> {
            deleted = true;
            return pid.asMono()
                    .flatMap(number -> Processes.run(
                            machine, SessionPrograms.TERMINATE, List.of(number, ShellWords.text(folder)), 1 << 16))
                    // The machine may be gone, and with it all that ran: then nothing is left to be ended.
                    .onErrorComplete()
                    .then(shell.signal(9).onErrorComplete())
                    .doFinally(signal -> stop());
        });
    }

    /** Whether {@link #delete} was asked for. */
    public boolean isDeleted() {
        return deleted;
    }

    /** Stops the pumps and ends every log. Idempotent. */
    void stop() {
        deleted = true;
        running.forEach(Disposable::dispose);
        commands().forEach(command -> {
            if (command.exitCode().isEmpty()) {
                command.fail(new HttpError(410, "SESSION_ENDED", "session ended"));
            }
            room.forget(command.log());
        });
    }
}
