/*
 * Copyright 2026 the Sandflock authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package io.sandflock.engine.local.docker;

import io.netty.channel.socket.DuplexChannel;
import io.sandflock.engine.local.MachineProcess;
import io.sandflock.engine.local.SpawnException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.FutureMono;

/** A process in a container: one exec of the engine's, whose streams share a connection. Made by {@link Execs}. */
final class ExecProcess implements MachineProcess, FrameReader.Listener {

    private final Execs execs;
    private final String exec;
    private final Connection connection;
    private final String word;
    private final boolean merged;
    private final FrameReader reader = new FrameReader(this);
    private final ExecOutput stdout = new ExecOutput(reader::advance);
    private final ExecOutput stderr = new ExecOutput(reader::advance);
    private final Marks outMarks;
    private final Marks errMarks;
    private final CompletableFuture<ExecProcess> started = new CompletableFuture<>();
    private final CompletableFuture<Integer> code = new CompletableFuture<>();
    private volatile long pid = -1;
    // On the connection's event loop.
    private boolean outEnded;
    private boolean errEnded;
    private volatile boolean ended;

    /** @param word of {@link EntryScript} */
    ExecProcess(Execs execs, String exec, Connection connection, String word, boolean merged) {
        this.execs = execs;
        this.exec = exec;
        this.connection = connection;
        this.word = word;
        this.merged = merged;
        this.outMarks = new Marks(word, this::outLine, stdout::add);
        this.errMarks = new Marks(word, this::errLine, stderr::add);
    }

    /** Asks for the connection to become the exec's, and lets the command begin. What becomes of it is in the future. */
    CompletableFuture<ExecProcess> begin(byte[] request) {
        // Owned by the process: read to its end whoever listens.
        connection.inbound().receive().asByteArray().subscribe(reader);
        send(request).subscribe();
        return started;
    }

    @Override
    public void upgraded() {
        send((word + "\n").getBytes(StandardCharsets.US_ASCII)).subscribe();
    }

    @Override
    public void refused(int status, byte[] body) {
        connection.dispose();
        EngineClient.<ExecProcess>refused("the start of a process", status, body)
                .onErrorMap(EngineException.class, Execs::stopped)
                .subscribe(started::complete, started::completeExceptionally);
    }

    @Override
    public void bytes(boolean isStderr, ByteBuffer bytes) {
        if (isStderr) {
            errMarks.next(bytes);
        } else {
            outMarks.next(bytes);
        }
    }

    private void outLine(String line) {
        if (EntryScript.isEnd(line)) {
            outEnded = true;
            stdout.end();
            arrived();
        }
    }

    private void errLine(String line) {
        if (EntryScript.isEnd(line)) {
            errEnded = true;
            stderr.end();
            arrived();
        } else if (line.startsWith("-")) {
            started.completeExceptionally(new SpawnException(line.substring(1)));
        } else if (EntryScript.pid(line) >= 0) {
            pid = EntryScript.pid(line);
            if (merged) {
                stderr.end();
            }
            started.complete(this);
        } else if (EntryScript.code(line) >= 0) {
            code.complete(EntryScript.code(line));
        }
    }

    // With all of the outputs here, the first process may end.
    private void arrived() {
        if (outEnded && (errEnded || merged)) {
            closeStdin().subscribe();
        }
    }

    @Override
    public void ended() {
        ended = true;
        outMarks.end();
        errMarks.end();
        stdout.end();
        stderr.end();
        connection.dispose();
        if (!code.isDone()) {
            // The first process of the exec did not live to tell: the container was stopped, or somebody killed it.
            execs.exitCode(exec).subscribe(code::complete, code::completeExceptionally);
        }
        started.completeExceptionally(new SpawnException("the machine is stopped, or has no /bin/sh"));
    }

    @Override
    public long held() {
        // The engine copies each output by itself: that the command began may come behind much of what it printed,
        // which nobody can take before.
        return started.isDone() ? stdout.held() + stderr.held() : 0;
    }

    @Override
    public Flux<ByteBuffer> stdout() {
        return stdout.flux();
    }

    @Override
    public Flux<ByteBuffer> stderr() {
        return stderr.flux();
    }

    @Override
    public Mono<Void> write(Publisher<ByteBuffer> bytes) {
        return Flux.from(bytes).concatMap(chunk -> send(copy(chunk)), 1).then();
    }

    @Override
    public Mono<Void> closeStdin() {
        return Mono.defer(() -> connection.channel() instanceof DuplexChannel channel && !ended
                ? FutureMono.from(channel.shutdownOutput()).onErrorComplete()
                : Mono.empty());
    }

    @Override
    public Mono<Integer> exit() {
        return Mono.fromFuture(code, true);
    }

    @Override
    public Mono<Void> signal(int signal) {
        return Mono.defer(() -> ended || pid < 0 ? Mono.empty() : execs.signal(pid, signal));
    }

    /** Kills what a caller who has gone had started, and throws its output away. */
    Mono<Void> abandon() {
        return signal(9).doFirst(() -> {
            stdout.discard();
            stderr.discard();
        });
    }

    // An error is a connection that ended, and so a process that reads no more.
    private Mono<Void> send(byte[] bytes) {
        return Mono.defer(() -> ended
                ? Mono.empty()
                : connection.outbound().sendByteArray(Mono.just(bytes)).then().onErrorComplete());
    }

    private static byte[] copy(ByteBuffer chunk) {
        byte[] bytes = new byte[chunk.remaining()];
        chunk.get(bytes);
        return bytes;
    }

    /** Never the word. */
    @Override
    public String toString() {
        return "ExecProcess[" + exec + "]";
    }
}
